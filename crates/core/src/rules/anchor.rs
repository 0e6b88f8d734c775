//! Rules that count from an image: what they keep where it cannot be told.

use crate::decide::Reasons;
use crate::{Reason, ReasonCode};

/// Keeps everything, as nothing says where a rule should start to count.
pub(super) fn keep_everything(reasons: &mut Reasons, detail: &str) {
    for reasons in reasons {
        reasons.push(Reason::new(ReasonCode::NoAnchor, detail));
    }
}

//! The settings under `limits`, of one repository and of a whole run.

use ecr_sweep_core::policy::{Limits, OnExceed};

use super::field::Field;
use super::keys::Level;
use super::problem::Complaint;
use super::value::{COUNT, SHARE, count, share, word};

const LIMITS: &str = "`share` or `images`, and `on_exceed`";

pub(super) fn limits(field: Field<'_, '_>, level: &Level) -> Option<Limits> {
    let fields = field.fields(level, LIMITS)?;
    if fields.get("share").is_none() && fields.get("images").is_none() {
        let message = "these limits limit nothing";
        fields.own().refuse_name(Complaint::new(message, "`share`, `images` or both"));
    }
    let on_exceed = word(&[("block", OnExceed::Block), ("oldest_first", OnExceed::OldestFirst)]);
    Some(Limits {
        share: fields.scalar("share", SHARE, share),
        images: fields.scalar("images", COUNT, count),
        on_exceed: fields
            .scalar("on_exceed", "`block` or `oldest_first`", on_exceed)
            .unwrap_or_default(),
    })
}

//! What every policy keeps, whatever its rules say: what is new, what is in use, what is not known.

use super::{Facts, Reasons, Recent};
use crate::{Image, Reason, ReasonCode, is_image_configuration};

pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    Recent::pushed(ReasonCode::TooNew, facts.policy.minimum_age).keep(facts, reasons);
    Recent::needed(ReasonCode::RecentlyPulled, facts.policy.minimum_idle).keep(facts, reasons);
    for (at, image) in facts.graph.images() {
        not_known(image, &mut reasons[at]);
        if let Some(artifact_type) = &image.artifact_type
            && !is_image_configuration(artifact_type)
            && !facts.graph.is_referrer(at)
            && !facts.graph.is_child(at)
        {
            let detail = format!("its type is {artifact_type}");
            reasons[at].push(Reason::new(ReasonCode::NotAnImage, detail));
        }
    }
}

fn not_known(image: &Image, found: &mut Vec<Reason>) {
    if image.pushed_at.is_none() {
        let detail = "the registry does not say when it was pushed";
        found.push(Reason::new(ReasonCode::PushTimeUnknown, detail));
    }
    if image.is_unreadable() {
        let detail = if image.media_type.is_index() {
            "it is an index, and what it lists is not known".to_owned()
        } else {
            format!("its media type `{}` is not known", image.media_type.as_str())
        };
        found.push(Reason::new(ReasonCode::ManifestUnreadable, detail));
    }
}

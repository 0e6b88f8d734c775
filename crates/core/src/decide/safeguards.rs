//! What every policy keeps, whatever its rules say: what is new, what is in use, what is not known.

use super::{Facts, Reasons, Recent};
use crate::{Image, ImageStatus, Reason, ReasonCode, is_image_configuration};

pub(super) fn keep(facts: &Facts<'_>, reasons: &mut Reasons) {
    let pushed = Recent::pushed(facts.policy.minimum_age, facts.now);
    let needed = Recent::needed(facts.policy.minimum_idle, facts.now);
    for (at, image) in facts.graph.images() {
        let new = pushed.tell(image).map(|detail| Reason::new(ReasonCode::TooNew, detail));
        // Whoever has it restored now may not be in the times yet.
        let restoring = (image.status == ImageStatus::Activating)
            .then(|| "it is being restored from the archive".to_owned());
        let idle = needed.tell(image).or(restoring);
        let idle = idle.map(|detail| Reason::new(ReasonCode::RecentlyPulled, detail));
        reasons[at].extend(new.into_iter().chain(idle));
        not_known(image, &mut reasons[at]);
        if let Some(artifact_type) = &image.artifact_type
            && !is_image_configuration(artifact_type)
            && !facts.graph.is_referrer(at)
            && !facts.graph.is_child(at)
            && !facts.rule.judge.contains(artifact_type)
        {
            let detail = if artifact_type.starts_with(BUILDKIT_CACHE) {
                format!("it is a BuildKit cache: its type is {artifact_type}")
            } else {
                format!("its type is {artifact_type}")
            };
            reasons[at].push(Reason::new(ReasonCode::NotAnImage, detail));
        }
    }
}

/// How the type of the caches begins that `docker buildx build --cache-to type=registry` exports.
///
/// <https://docs.docker.com/build/cache/backends/registry/>
const BUILDKIT_CACHE: &str = "application/vnd.buildkit.cacheconfig.";

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

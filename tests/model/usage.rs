//! From usage to images.

use ecr_sweep_core::{Aliases, Digest, Place, Usage};

use super::reference::{self, Named};
use super::{Reasons, Scene};

/// One row of usage, with what its reference names.
pub(super) struct Row<'a> {
    pub(super) usage: &'a Usage,
    pub(super) named: Named,
}

impl<'a> Row<'a> {
    pub(super) fn read(usage: &'a Usage, aliases: &Aliases) -> Self {
        Self { usage, named: reference::read(&usage.reference, aliases) }
    }

    /// The tag and the digest, if the reference is to this repository. "A registry that replicates
    /// deletions: a reference to a destination counts at the source too, same repository name."
    pub(super) fn names(&self, scene: &Scene<'_>) -> Option<(Option<&str>, Option<Digest>)> {
        let Named::Image { place, repository, tag, digest } = &self.named else { return None };
        let here =
            *place == scene.registry.place() || scene.registry.deletes_replicate_to.contains(place);
        (here && **repository == *scene.repository.name).then_some((tag.as_deref(), *digest))
    }

    /// The digest in the reference, wherever that is to.
    fn digest(&self) -> Option<Digest> {
        match &self.named {
            Named::Image { digest, .. } | Named::Elsewhere(digest) => *digest,
            Named::Unreadable => None,
        }
    }

    pub(super) fn place(&self) -> Place {
        Place { account: self.usage.account.clone(), region: self.usage.region.clone() }
    }
}

/// "A digest means that image; a tag the image that has it now; both mean both; neither means
/// `latest`." "A digest that is used is kept in every repository." "Resolved digests are evidence
/// too."
pub(super) fn used(scene: &Scene<'_>, reasons: &mut Reasons) {
    for row in scene.rows {
        for image in scene.images() {
            let by_digest = row.digest() == Some(image.digest);
            let by_resolved = row.usage.resolved == Some(image.digest);
            let by_tag = row
                .names(scene)
                .and_then(|(tag, _)| tag)
                .is_some_and(|tag| image.tags.iter().any(|own| **own == *tag));
            if by_digest || by_resolved || by_tag {
                let code = format!("used-by-{}", row.usage.kind);
                reasons.entry(image.digest).or_default().insert(code);
            }
        }
    }
}

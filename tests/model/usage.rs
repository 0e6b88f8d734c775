//! From usage to images.

use ecr_sweep_core::{Aliases, CacheRule, Digest, Place, Usage};

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
    /// deletions: a reference to a destination counts at the source too, same repository name." "What
    /// names a repository of a pull-through cache names what is upstream of it, too."
    pub(super) fn names(&self, scene: &Scene<'_>) -> Option<(Option<&str>, Option<Digest>)> {
        let Named::Image { place, repository, tag, digest } = &self.named else { return None };
        let own = scene.registry.place();
        let here = |(place, repository): &(Place, String)| {
            let is_there = *place == own || scene.registry.deletes_replicate_to.contains(place);
            is_there && **repository == *scene.repository.name
        };
        // "Where the rules are not known, the last component of the names has to be the same."
        let perhaps = |(place, repository): &(Place, String), is_last: bool| {
            let mut caches = scene.snapshot.cache_rules.iter().filter(|it| it.place() == *place);
            *place != own
                && (is_last || caches.any(|cache| cache.unread.is_some()))
                && last(repository) == last(&scene.repository.name)
        };
        stands_for(scene, (place.clone(), repository.clone()))
            .iter()
            .any(|(name, _, is_last)| here(name) || perhaps(name, *is_last))
            .then_some((tag.as_deref(), *digest))
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

/// A name, and every name that is upstream of it: each with how many caches are before it, and
/// whether it is one whose own upstream is not looked for. "Four caches are followed."
fn stands_for(scene: &Scene<'_>, name: (Place, String)) -> Vec<((Place, String), u32, bool)> {
    let mut names = vec![(name, 0, false)];
    let mut at = 0;
    while at < names.len() {
        let ((place, name), caches, _) = names[at].clone();
        for cache in scene.snapshot.cache_rules.iter().filter(|it| it.place() == place) {
            for CacheRule { prefix, upstream, upstream_prefix } in &cache.rules {
                let rest = match &**prefix {
                    "ROOT" => Some(&*name),
                    prefix => name.strip_prefix(&format!("{prefix}/")),
                };
                let Some(rest) = rest else { continue };
                let there = match &**upstream_prefix {
                    "ROOT" => rest.to_owned(),
                    prefix => format!("{prefix}/{rest}"),
                };
                let there = (upstream.clone(), there);
                // No repository has a longer name.
                if there.1.len() > 256 {
                    continue;
                }
                if caches == 4 {
                    names[at].2 = true;
                } else if names.iter().all(|(name, ..)| *name != there) {
                    names.push((there, caches + 1, false));
                }
            }
        }
        at += 1;
    }
    names
}

fn last(name: &str) -> &str {
    &name[name.rfind('/').map_or(0, |at| at + 1)..]
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

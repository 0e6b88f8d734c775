//! Random registries as they can really be.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{
    Admitted, CacheRule, CacheRules, Digest, Image, ImageStatus, MediaType, Place, Registry, Unread,
};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use super::super::organization::{cache_rule, repository, unread};
use super::{PLACES, place_at};

/// Registries as they can really be: a digest is one content wherever it is, nothing lists or
/// refers to itself around any corner, and what has children can be read. No organization is
/// admitted, as a snapshot does not tell who is in it.
pub(super) fn registries() -> impl Strategy<Value = Vec<Registry>> {
    let registry = || (vec(repository(), 1..=3), weighted(0.3, 0..PLACES), unread());
    (registry(), weighted(0.6, registry()), weighted(0.6, registry())).prop_map(|drawn| {
        let mut contents = BTreeMap::new();
        let mut registries = Vec::new();
        let (first, second, third) = drawn;
        for (at, repositories) in [Some(first), second, third].into_iter().enumerate() {
            let Some((repositories, destination, unread)) = repositories else { continue };
            let Place { account, region } = place_at(at);
            let destination = destination.filter(|destination| *destination != at);
            let mut names = BTreeSet::new();
            // Of what may not be read, a snapshot knows nothing. Home's is listed always: where no
            // registry is, there is no run.
            let unread = unread.filter(|unread| at > 0 || !unread.is_unlisted());
            let is_unlisted = unread.as_ref().is_some_and(Unread::is_unlisted);
            let destination = destination.filter(|_| unread.is_none());
            let mut registry = Registry {
                account,
                region,
                deletes_replicate_to: destination.map(place_at).into_iter().collect(),
                unread,
                repositories: repositories
                    .into_iter()
                    .filter(|repository| !is_unlisted && names.insert(repository.name.clone()))
                    .collect(),
            };
            for repository in &mut registry.repositories {
                repository.allows.retain(|admitted| *admitted != Admitted::Organization);
                for image in &mut repository.images {
                    as_its_digest_says(image, &mut contents);
                }
            }
            registries.push(registry);
        }
        registries
    })
}

/// What the caches of these registries cache. Where settings cannot be read, neither can the rules.
pub(super) fn cache_rules() -> impl Strategy<Value = Vec<Vec<CacheRule>>> {
    let rules = || {
        let upstream = (0..PLACES).prop_map(place_at);
        prop_oneof![3 => Just(Vec::new()), 1 => vec(cache_rule(upstream), 1..3)]
    };
    vec(rules(), PLACES)
}

/// The same in their places.
pub(super) fn in_places(rules: Vec<Vec<CacheRule>>, registries: &[Registry]) -> Vec<CacheRules> {
    let in_place = |(at, mut rules): (usize, Vec<CacheRule>)| {
        let Place { account, region } = place_at(at);
        let registry = registries.iter().find(|registry| registry.place() == place_at(at));
        let unread = registry.and_then(|registry| registry.unread.as_ref());
        let unread = unread.filter(|unread| !unread.is_unlisted());
        let unread = unread.map(|unread| unread.reason.clone());
        if unread.is_some() {
            rules.clear();
        }
        let has_any = !rules.is_empty() || unread.is_some();
        has_any.then_some(CacheRules { account, region, rules, unread })
    };
    rules.into_iter().enumerate().filter_map(in_place).collect()
}

fn as_its_digest_says(image: &mut Image, contents: &mut BTreeMap<Digest, Image>) {
    let content = contents.entry(image.digest).or_insert_with(|| {
        let mut content = image.clone();
        let later = |digest: &Digest| *digest > image.digest;
        content.subject = content.subject.filter(later);
        content.children = match content.media_type {
            MediaType::OciIndex | MediaType::DockerList => {
                Some(image.known_children().iter().copied().filter(later).collect())
            }
            _ => None,
        };
        content
    });
    image.media_type.clone_from(&content.media_type);
    image.artifact_type.clone_from(&content.artifact_type);
    image.children.clone_from(&content.children);
    image.subject = content.subject;
    image.size_bytes = content.size_bytes;
    // The manifest of an archived index cannot be read.
    if image.media_type.is_index() {
        image.status = ImageStatus::Active;
    }
}

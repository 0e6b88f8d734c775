//! Writing a snapshot: sorted, so that two of the same organization can be compared line by line.

use std::cmp::Reverse;

use ecr_sweep_core::{Registry, Repository};

use super::Snapshot;
use crate::documents::{self, DocumentError};

/// Writes a snapshot as people read it. What is read from it is written the same again.
pub fn write(snapshot: &Snapshot) -> Result<Vec<u8>, DocumentError> {
    let mut sorted = snapshot.clone();
    sorted.registries.sort_by_cached_key(Registry::place);
    for registry in &mut sorted.registries {
        registry.deletes_replicate_to.sort();
        registry.repositories.sort_by(|left, right| left.name.cmp(&right.name));
        registry.repositories.iter_mut().for_each(sort_repository);
    }
    for cache in &mut sorted.cache_rules {
        cache.rules.sort();
    }
    sorted.cache_rules.sort();
    sorted.usage.sort();
    sorted.coverage.except.sort();
    documents::write(&sorted)
}

fn sort_repository(repository: &mut Repository) {
    repository.allows.sort();
    for image in &mut repository.images {
        image.tags.sort();
    }
    // Newest first, those without a push time last: the order of plans.
    repository.images.sort_by_key(|image| (Reverse(image.pushed_at), image.digest));
}

//! What cannot be true of a snapshot, although each field can.
//!
//! A child listed twice, or that is not there, can be true: registries have such things, and the
//! decision copes.

use std::collections::HashMap;
use std::hash::Hash;

use ecr_sweep_core::{
    ClusterName, CoverageRow, Digest, Place, Registry, Repository, Source, is_repository_name,
    is_tag,
};

use super::Snapshot;
use super::error::Contradiction;

/// Everything that cannot be true, in the order of the file.
///
/// Works on one repository at a time: some 100 bytes an image or tag of the largest.
pub(super) fn validate(snapshot: &Snapshot) -> Vec<Contradiction> {
    let mut found = Vec::new();
    let registries = &snapshot.registries;
    check_registries(registries.iter().map(Registry::place), &mut found);
    for (index, registry) in registries.iter().enumerate() {
        let path = format!("registries[{index}].repositories");
        let names = registry.repositories.iter().map(|repository| &*repository.name);
        check_repositories(names, &path, &mut found);
        for (index, repository) in registry.repositories.iter().enumerate() {
            check_repository(repository, &format!("{path}[{index}]"), &mut found);
        }
    }
    check_coverage(&snapshot.coverage.except, &mut found);
    for (at, usage) in snapshot.usage.iter().enumerate() {
        let (cluster, source) = (usage.cluster.as_ref(), usage.kind.source());
        check_cluster(&format!("usage[{at}]"), cluster, source, &mut found);
    }
    found
}

/// What cannot be true of the places of registries.
pub(super) fn check_registries(
    places: impl Iterator<Item = Place>,
    found: &mut Vec<Contradiction>,
) {
    let places: Vec<Place> = places.collect();
    for (first, again) in repeated(&places, |place| place) {
        let problem = format!("the registry {} is registries[{first}], too", places[again]);
        found.push(Contradiction { path: format!("registries[{again}]"), problem });
    }
}

/// What cannot be true of the names of a registry's repositories.
pub(super) fn check_repositories<'n>(
    names: impl Iterator<Item = &'n str>,
    path: &str,
    found: &mut Vec<Contradiction>,
) {
    let names: Vec<&str> = names.collect();
    for (first, again) in repeated(&names, |name| *name) {
        let problem = format!("the repository `{}` is {path}[{first}], too", names[again]);
        found.push(Contradiction { path: format!("{path}[{again}]"), problem });
    }
}

/// What cannot be true of the rows of coverage.
pub(super) fn check_coverage(rows: &[CoverageRow], found: &mut Vec<Contradiction>) {
    let key = |row: &CoverageRow| (row.scanned(), row.source);
    for (first, again) in repeated(rows, key) {
        let (place, source) = key(&rows[again]);
        let problem = format!("{source} in {place} has coverage.except[{first}], too");
        found.push(Contradiction { path: format!("coverage.except[{again}]"), problem });
    }
    for (at, row) in rows.iter().enumerate() {
        check_cluster(&format!("coverage.except[{at}]"), row.cluster.as_ref(), row.source, found);
    }
}

/// Whether a source has clusters, if one is named.
pub(super) fn check_cluster(
    path: &str,
    cluster: Option<&ClusterName>,
    source: Source,
    found: &mut Vec<Contradiction>,
) {
    if cluster.is_some() && !source.facts().has_clusters {
        let problem = format!("{source} is not looked at by cluster");
        found.push(Contradiction { path: format!("{path}.cluster"), problem });
    }
}

/// What cannot be true of a repository and its images.
pub(super) fn check_repository(
    repository: &Repository,
    path: &str,
    found: &mut Vec<Contradiction>,
) {
    let images = &repository.images;
    if !is_repository_name(&repository.name) {
        let problem = format!("`{}` cannot be the name of a repository", repository.name);
        found.push(Contradiction { path: format!("{path}.name"), problem });
    }
    for (first, again) in repeated(images, |image| image.digest) {
        let digest: Digest = images[again].digest;
        let problem = format!("{digest} is {path}.images[{first}], too");
        found.push(Contradiction { path: format!("{path}.images[{again}].digest"), problem });
    }
    let tags: Vec<(&str, u32, u32)> = images
        .iter()
        .zip(0..)
        .flat_map(|(image, at)| image.tags.iter().zip(0..).map(move |(tag, of)| (&**tag, at, of)))
        .collect();
    let tag_path =
        |(_, image, tag): (&str, u32, u32)| format!("{path}.images[{image}].tags[{tag}]");
    for tag in tags.iter().filter(|(tag, ..)| !is_tag(tag)) {
        let problem = format!("`{}` cannot be a tag", tag.0);
        found.push(Contradiction { path: tag_path(*tag), problem });
    }
    for (first, again) in repeated(&tags, |(tag, ..)| *tag) {
        let problem = format!("the tag `{}` is {}, too", tags[again].0, tag_path(tags[first]));
        found.push(Contradiction { path: tag_path(tags[again]), problem });
    }
}

/// Positions of items with the same key as an earlier one: the first with it, and the later one.
fn repeated<'i, T, K: Hash + Eq>(items: &'i [T], key: impl Fn(&'i T) -> K) -> Vec<(usize, usize)> {
    let mut firsts = HashMap::with_capacity(items.len());
    items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| {
            let first = *firsts.entry(key(item)).or_insert(at);
            (first != at).then_some((first, at))
        })
        .collect()
}

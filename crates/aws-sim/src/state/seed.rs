//! State from a snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, RwLock};

use ecr_sweep_core::{self as core, Coverage, Digest, MediaType, NotAPlace, Place, Region, Source};
use ecr_sweep_protocol::Snapshot;
use jiff::Timestamp;

use super::{Accounts, ByPlace, Ecs, Functions, Registry, Repository, State};
use crate::manifest::usual_target;
use crate::table::Served;

/// A snapshot that contradicts itself, or a resource in it that nothing identifies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotASeed {
    /// The same digest twice in one repository.
    #[error(
        "the snapshot cannot be served: the image {digest} is twice in repository `{repository}`"
    )]
    ImageTwice {
        /// The repository.
        repository: Box<str>,
        /// The image.
        digest: Digest,
    },
    /// The same tag twice in one repository.
    #[error(
        "the snapshot cannot be served: the tag `{tag}` is on two images of repository `{repository}`"
    )]
    TagTwice {
        /// The repository.
        repository: Box<str>,
        /// The tag.
        tag: Box<str>,
    },
    /// Workloads of a source that is not served.
    #[error(
        "the snapshot cannot be served: it has workloads of {other}, which the simulator does not serve"
    )]
    NotServed {
        /// The source.
        other: Source,
    },
    /// The same repository twice in one registry.
    #[error(
        "the snapshot cannot be served: repository `{repository}` is twice in registry {place}"
    )]
    RepositoryTwice {
        /// The registry.
        place: Place,
        /// The repository.
        repository: Box<str>,
    },
    /// A workload without what identifies it.
    #[error("the snapshot cannot be served: a {kind} of {place} has no `{member}`")]
    Unidentified {
        /// What it is, such as `service`.
        kind: &'static str,
        /// Where it is.
        place: Place,
        /// What it needs.
        member: &'static str,
    },
    /// A place that is none.
    #[error(transparent)]
    Place(#[from] NotAPlace),
}

fn default_home() -> Result<Place, NotAPlace> {
    Ok(Place { account: "111122223333".parse()?, region: "us-east-1".parse()? })
}

impl State {
    /// The state that a snapshot describes, or an empty one at `home`.
    pub(crate) fn seed(
        snapshot: Option<Snapshot>,
        home: Option<Place>,
        accounts: Accounts,
    ) -> Result<Self, NotASeed> {
        let Some(snapshot) = snapshot else {
            let home = home.map_or_else(default_home, Ok)?;
            let accounts = accounts.with_members(&home.account, None);
            return Ok(Self { is_open: true, accounts, ..Self::empty(home) });
        };
        let accounts = accounts.with_members(&snapshot.home.account, Some(&snapshot));
        let regions = regions(&snapshot);
        let taken_at = snapshot.taken_at;
        let unusual_targets = unusual_targets(&snapshot.registries);
        let mut registries = ByPlace::<Registry>::new();
        for facts in snapshot.registries {
            let place = facts.place();
            let registry = registries.entry(place.clone()).or_default();
            registry.deletes_replicate_to.extend(facts.deletes_replicate_to);
            registry.unread = facts.unread;
            for facts in facts.repositories {
                let name = facts.name.clone();
                let created_at = created_at(&facts, taken_at);
                let repository = Repository::from_facts(facts, created_at)?;
                if registry.repositories.insert(name.clone(), repository).is_some() {
                    return Err(NotASeed::RepositoryTwice { place, repository: name });
                }
            }
        }
        for facts in snapshot.cache_rules {
            let registry = registries.entry(facts.place()).or_default();
            registry.cache_rules.extend(facts.rules);
            registry.unread_cache_rules = facts.unread;
        }
        let mut ecs = ByPlace::<Ecs>::new();
        let mut lambda = ByPlace::<Functions>::new();
        for workloads in snapshot.workloads {
            let place = workloads.place().clone();
            match workloads.source() {
                Source::Ecs => ecs.entry(place.clone()).or_default().seed(&place, workloads)?,
                Source::Lambda => {
                    lambda.entry(place.clone()).or_default().seed(&place, workloads)?;
                }
                other => return Err(NotASeed::NotServed { other }),
            }
        }
        Ok(Self {
            regions,
            accounts,
            served: snapshot.usage.iter().filter_map(Served::of).collect(),
            usage: snapshot.usage,
            coverage: snapshot.coverage,
            unusual_targets,
            registries: RwLock::new(registries),
            ecs: RwLock::new(ecs),
            lambda: RwLock::new(lambda),
            ..Self::empty(snapshot.home)
        })
    }

    fn empty(home: Place) -> Self {
        Self {
            regions: BTreeSet::from([home.region.clone()]),
            home,
            is_open: false,
            accounts: Accounts::default(),
            usage: Vec::new(),
            served: Vec::new(),
            coverage: Coverage::COMPLETE,
            unusual_targets: BTreeMap::new(),
            registries: RwLock::default(),
            ecs: RwLock::default(),
            lambda: RwLock::default(),
            buckets: RwLock::default(),
            uploads: Mutex::default(),
            multipart_uploads: Mutex::default(),
            serial: AtomicU64::new(1),
        }
    }
}

/// The Regions that the snapshot says are enabled; else all that any part of it mentions.
fn regions(snapshot: &Snapshot) -> BTreeSet<Region> {
    let workloads = &snapshot.workloads;
    if !workloads.regions.is_empty() {
        return workloads.regions.iter().cloned().collect();
    }
    let registries = snapshot.registries.iter().flat_map(|registry| {
        std::iter::once(&registry.region)
            .chain(registry.deletes_replicate_to.iter().map(|place| &place.region))
    });
    std::iter::once(&snapshot.home.region)
        .chain(registries)
        .chain(snapshot.usage.iter().map(|usage| &usage.region))
        .chain(workloads.iter().map(|workloads| &workloads.place().region))
        .cloned()
        .collect()
}

/// A repository is as old as its oldest image.
fn created_at(repository: &core::Repository, taken_at: Timestamp) -> Timestamp {
    repository.images.iter().filter_map(|image| image.pushed_at).min().unwrap_or(taken_at)
}

/// The children and subjects whose media type is not the one that what names them suggests: nested
/// indexes, signed indexes, Docker images in OCI indexes. Kept apart because a manifest must not
/// change when what it names goes.
fn unusual_targets(registries: &[core::Registry]) -> BTreeMap<Digest, MediaType> {
    let images =
        || registries.iter().flat_map(|registry| &registry.repositories).flat_map(|it| &it.images);
    let mut usual: BTreeMap<Digest, BTreeSet<MediaType>> = BTreeMap::new();
    for image in images() {
        for target in image.known_children().iter().chain(&image.subject) {
            usual.entry(*target).or_default().insert(usual_target(&image.media_type));
        }
    }
    images()
        .filter(|image| {
            usual
                .get(&image.digest)
                .is_some_and(|usual| usual.iter().any(|usual| *usual != image.media_type))
        })
        .map(|image| (image.digest, image.media_type.clone()))
        .collect()
}

//! What there is: registries, workloads, Regions.

mod accounts;
mod buckets;
mod ecs;
mod lambda;
mod layers;
mod registry;
mod repository;
mod seed;

pub(crate) use accounts::Accounts;
pub(crate) use buckets::{Bucket, Buckets, Object};
pub(crate) use ecs::{Ecs, family_and_revision, name_in_arn, text};
pub(crate) use lambda::{Function, Functions, LATEST, Version};
pub(crate) use layers::{Layers, Presence};
pub(crate) use registry::Registry;
pub(crate) use repository::{Lookup, Repository, StoredImage};
pub use seed::NotASeed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ecr_sweep_core::{
    Account, CacheRules, Coverage, Digest, Image, MediaType, Place, Reference, Region, UnitId,
    Usage,
};
use ecr_sweep_protocol::{Snapshot, snapshot::Workloads};
use jiff::Timestamp;

use crate::Explorer;
use crate::ecr::Uploads;
use crate::s3::MultipartUploads;
use crate::table::Served;

/// One kind of state of every account and Region that has any.
pub(crate) type ByPlace<T> = BTreeMap<Place, T>;

/// All state. One lock a service; no operation holds two.
#[derive(Debug)]
pub(crate) struct State {
    home: Place,
    /// Whether it was started without a snapshot.
    is_open: bool,
    regions: BTreeSet<Region>,
    accounts: Accounts,
    usage: Vec<Usage>,
    /// Those rows of it that services tell of which nothing else is known.
    served: Vec<Served>,
    coverage: Coverage,
    /// The media types of children that are not what their index suggests.
    unusual_targets: BTreeMap<Digest, MediaType>,
    registries: RwLock<ByPlace<Registry>>,
    ecs: RwLock<ByPlace<Ecs>>,
    lambda: RwLock<ByPlace<Functions>>,
    buckets: RwLock<Buckets>,
    uploads: Mutex<Uploads>,
    multipart_uploads: Mutex<MultipartUploads>,
    serial: AtomicU64,
}

impl State {
    pub(crate) const fn home(&self) -> &Place {
        &self.home
    }

    /// The Regions that an account has enabled.
    pub(crate) fn regions(&self, account: &Account) -> &BTreeSet<Region> {
        self.accounts.regions.get(account).unwrap_or(&self.regions)
    }

    /// The accounts of the organization, each with its state.
    pub(crate) const fn members(&self) -> &BTreeMap<Account, String> {
        &self.accounts.members
    }

    /// What Resource Explorer has indexed; none: it is not turned on.
    pub(crate) const fn explorer(&self) -> Option<&Explorer> {
        self.accounts.explorer.as_ref()
    }

    /// The organizational units, each with the one that it is in, if it is in any.
    pub(crate) const fn units(&self) -> &BTreeMap<UnitId, Option<UnitId>> {
        &self.accounts.units
    }

    /// The unit that an account is right in, if it is in any.
    pub(crate) fn unit_of(&self, account: &Account) -> Option<&UnitId> {
        self.accounts.unit_of.get(account)
    }

    /// Whether a role of this name can be assumed in an account. A simulator that was started
    /// empty knows no accounts, and lets every role be assumed.
    pub(crate) fn has_role(&self, account: &Account, name: &str) -> bool {
        match self.accounts.roles.get(account) {
            Some(roles) => roles.contains(name),
            None => self.is_open || self.accounts.members.contains_key(account),
        }
    }

    pub(crate) fn registries(&self) -> RwLockReadGuard<'_, ByPlace<Registry>> {
        self.registries.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn registries_mut(&self) -> RwLockWriteGuard<'_, ByPlace<Registry>> {
        self.registries.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ecs(&self) -> RwLockReadGuard<'_, ByPlace<Ecs>> {
        self.ecs.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ecs_mut(&self) -> RwLockWriteGuard<'_, ByPlace<Ecs>> {
        self.ecs.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lambda(&self) -> RwLockReadGuard<'_, ByPlace<Functions>> {
        self.lambda.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lambda_mut(&self) -> RwLockWriteGuard<'_, ByPlace<Functions>> {
        self.lambda.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, with empty buckets of the home account.
    pub(crate) fn with_buckets(self, names: BTreeSet<String>) -> Self {
        let buckets = names.into_iter().map(|name| (name, Bucket::of(self.home.clone())));
        Self { buckets: RwLock::new(buckets.collect()), ..self }
    }

    pub(crate) fn buckets(&self) -> RwLockReadGuard<'_, Buckets> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn buckets_mut(&self) -> RwLockWriteGuard<'_, Buckets> {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The layers that are being uploaded.
    pub(crate) fn uploads(&self) -> MutexGuard<'_, Uploads> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All usage that the snapshot tells.
    pub(crate) fn usage(&self) -> &[Usage] {
        &self.usage
    }

    /// The usage that services tell of which only the operations are known.
    pub(crate) fn served(&self) -> &[Served] {
        &self.served
    }

    /// The objects that are being uploaded in parts.
    pub(crate) fn multipart_uploads(&self) -> MutexGuard<'_, MultipartUploads> {
        self.multipart_uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that no other resource of this simulator has.
    pub(crate) fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// The media type of a child or a subject, as a manifest of the media type `from` says it.
    pub(crate) fn target_media_type(&self, from: &MediaType, target: Digest) -> MediaType {
        self.unusual_targets
            .get(&target)
            .cloned()
            .unwrap_or_else(|| crate::manifest::usual_target(from))
    }

    pub(crate) fn images(&self, place: &Place, repository: &str) -> Option<Vec<Image>> {
        let registries = self.registries();
        let repository = registries.get(place)?.repositories.get(repository)?;
        Some(repository.images().map(|image| image.facts.clone()).collect())
    }

    /// How many images each repository has, by account, Region and name.
    pub(crate) fn image_counts(&self) -> BTreeMap<String, usize> {
        let registries = self.registries();
        let repositories = registries.iter().flat_map(|(place, registry)| {
            registry.repositories.iter().map(move |named| (place, named))
        });
        let counts = repositories.map(|(Place { account, region }, (name, repository))| {
            (format!("{account}/{region}/{name}"), repository.images().count())
        });
        counts.collect()
    }

    pub(crate) fn image(&self, place: &Place, repository: &str, digest: Digest) -> Option<Image> {
        let registries = self.registries();
        let repository = registries.get(place)?.repositories.get(repository)?;
        repository.image(digest).map(|image| image.facts.clone())
    }

    /// The digest that a reference resolves to now, as a service does that starts a container:
    /// none for images elsewhere, missing ones, and those that cannot be pulled.
    pub(crate) fn resolve(&self, reference: &str) -> Option<Digest> {
        let Ok(Reference::Ecr(reference)) = Reference::parse(reference, &BTreeMap::new()) else {
            return None;
        };
        let registries = self.registries();
        let repository =
            registries.get(&reference.registry)?.repositories.get(&reference.repository)?;
        let digest = match reference.digest {
            Some(digest) => digest,
            None => repository.tagged(reference.tag.as_deref()?)?,
        };
        repository.image(digest).filter(|image| image.can_be_pulled()).map(|_| digest)
    }

    fn workloads(&self) -> Workloads {
        let mut workloads = Workloads::in_regions(self.regions.iter().cloned().collect());
        workloads.extend(self.ecs().iter().map(|(place, ecs)| ecs.to_workloads(place)));
        let lambda = self.lambda();
        workloads.extend(lambda.iter().map(|(place, functions)| functions.to_workloads(place)));
        workloads
    }

    fn cache_rules(&self) -> Vec<CacheRules> {
        let registries = self.registries();
        let rules = registries.iter().filter_map(|(place, it)| {
            let Place { account, region } = place.clone();
            let (rules, unread) = (it.cache_rules.clone(), it.unread_cache_rules.clone());
            let has_any = !rules.is_empty() || unread.is_some();
            has_any.then_some(CacheRules { account, region, rules, unread })
        });
        rules.collect()
    }

    pub(crate) fn snapshot(&self, taken_at: Timestamp) -> Snapshot {
        Snapshot {
            schema_version: 1,
            taken_at,
            home: self.home.clone(),
            registries: self
                .registries()
                .iter()
                .map(|(place, registry)| registry.to_facts(place))
                .collect(),
            cache_rules: self.cache_rules(),
            usage: self.usage.clone(),
            coverage: self.coverage.clone(),
            workloads: self.workloads(),
        }
    }
}

//! The vault: copies of what images are made of, so that what goes can come back.
//!
//! It is a part of the run store, or a bucket of its own: each blob once, under its digest. What is wanted, and
//! until when, is written down in the run store before a blob is copied, and never taken back: a blob that two images share is wanted
//! as long as the later of the two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use ecr_sweep_aws::store::{BlobCopy, BlobError, BlobStore, S3Location, S3Store};
use ecr_sweep_aws::{AwsErrorKind, RegistryReader};
use ecr_sweep_core::policy::Vault;
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_core::{Digest, RepositoryId};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{V1, VaultedBatch, VaultedBlob, keys};
use futures::{StreamExt, stream};
use jiff::Timestamp;

use crate::{Environment, Run, StepError};

/// How many blobs are copied at once: of each a few MiB are in memory.
const AT_ONCE: usize = 4;

/// How often a copy is tried whose source broke off.
const ATTEMPTS: usize = 3;

/// What became of the blobs of a batch.
#[derive(Debug, Default)]
pub(crate) struct Vaulted {
    /// Those that are in the vault.
    pub(crate) there: BTreeMap<Digest, BlobCopy>,
    /// Those that are not, and why.
    pub(crate) not_there: BTreeMap<Digest, String>,
}

/// Sees that the vault has these blobs of a repository, whose images are there, until a time at least.
/// What it has is held against its digest, unless this call was told of it before. What is in neither list
/// of the answer was not come to before the time was up.
pub(crate) async fn keep(
    run: &Run,
    reader: &RegistryReader,
    repository: &RepositoryId,
    batch: u64,
    wanted_until: Timestamp,
    blobs: &BTreeSet<Digest>,
    known: &BTreeMap<Digest, BlobCopy>,
) -> Result<Vaulted, StepError> {
    let mut vaulted = Vaulted::default();
    if blobs.is_empty() {
        return Ok(vaulted);
    }
    let opened = open(run, location(&run.policy.vault)?.as_ref());
    let Some(vault) = opened.blobs() else {
        let none = |digest: &Digest| (*digest, "the run store keeps no blobs".to_owned());
        vaulted.not_there = blobs.iter().map(none).collect();
        return Ok(vaulted);
    };
    let key = keys::vaulted(wanted_until, &run.id, repository, batch);
    // Where an earlier call was stopped, it has left word of what it had copied.
    let before: Option<VaultedBatch> = run.find(&key).await?;
    let told = before
        .into_iter()
        .flat_map(|it| it.blobs)
        .filter_map(|it| Some((it.digest, BlobCopy { bytes: it.bytes?, mark: it.mark })));
    let told: BTreeMap<Digest, BlobCopy> = told.collect();
    let document = |told: &BTreeMap<Digest, BlobCopy>| VaultedBatch {
        schema_version: V1,
        run: run.id.clone(),
        account: repository.registry.account.clone(),
        region: repository.registry.region.clone(),
        repository: repository.name.clone(),
        wanted_until,
        vault: opened.address(),
        blobs: blobs
            .iter()
            .map(|digest| VaultedBlob {
                digest: *digest,
                bytes: told.get(digest).map(|copy| copy.bytes),
                mark: told.get(digest).and_then(|copy| copy.mark.clone()),
            })
            .collect(),
    };
    run.write(&key, &document(&told)).await?;
    let is_first = AtomicBool::new(true);
    let is_first = &is_first;
    let keep_one = |digest: Digest| {
        let (told, is_known) = (told.get(&digest), known.get(&digest));
        async move {
            if let Some(copy) = is_known {
                return Some((digest, Ok(copy.clone())));
            }
            // Each call gets one blob further, whatever the time: what an earlier one has copied is no step.
            let is_step = told.is_none();
            if is_step && run.deadline.has_passed() && !is_first.swap(false, Ordering::Relaxed) {
                return None;
            }
            let kept = keep_blob(run, vault, reader, repository, digest, told).await;
            Some((digest, kept))
        }
    };
    let kept: Vec<_> =
        stream::iter(blobs.iter().copied()).map(keep_one).buffer_unordered(AT_ONCE).collect().await;
    for (digest, kept) in kept.into_iter().flatten() {
        match kept {
            Ok(copy) => drop(vaulted.there.insert(digest, copy)),
            Err(why) => drop(vaulted.not_there.insert(digest, why)),
        }
    }
    run.write(&key, &document(&vaulted.there)).await?;
    Ok(vaulted)
}

/// Where blobs are.
pub(crate) enum Opened<'a> {
    /// Where everything is that runs store.
    InRunStore(&'a Environment),
    /// In a bucket of their own.
    InBucket(S3Location, S3Store),
}

impl Opened<'_> {
    /// The blobs, where any can be kept.
    pub(crate) fn blobs(&self) -> Option<&dyn BlobStore> {
        match self {
            Self::InRunStore(environment) => environment.store.blobs(),
            Self::InBucket(_, store) => Some(store),
        }
    }

    /// Where they are, if not in the run store.
    fn address(&self) -> Option<Box<str>> {
        match self {
            Self::InRunStore(_) => None,
            Self::InBucket(location, _) => Some(location.to_string().into()),
        }
    }
}

/// The vault of a run, as its policy says.
pub(crate) fn open_of(run: &Run) -> Result<Opened<'_>, StepError> {
    Ok(open(run, location(&run.policy.vault)?.as_ref()))
}

/// The blobs at a place. A bucket has to be of the caller's own account, or every call fails: what images
/// are made of goes to nobody else. No call is made.
pub(crate) fn open<'a>(environment: &'a Environment, bucket: Option<&S3Location>) -> Opened<'a> {
    let Some(location) = bucket else { return Opened::InRunStore(environment) };
    let owner = environment.sessions.home().account.clone();
    let store = S3Store::new(&environment.sessions, location.clone()).owned_by(owner);
    Opened::InBucket(location.clone(), store)
}

/// The bucket that a policy names for the blobs.
pub(crate) fn location(vault: &Vault) -> Result<Option<S3Location>, StepError> {
    let Some(bucket) = &vault.bucket else { return Ok(None) };
    match S3Location::new(bucket, vault.prefix.as_deref().unwrap_or_default()) {
        Ok(location) => Ok(Some(location)),
        Err(error) => Err(StepError::InvalidRequest {
            problem: format!("the policy's `vault` names no bucket: {error}"),
            next: NextStep::CorrectPolicy,
        }),
    }
}

async fn keep_blob(
    run: &Run,
    vault: &dyn BlobStore,
    reader: &RegistryReader,
    repository: &RepositoryId,
    digest: Digest,
    told: Option<&BlobCopy>,
) -> Result<BlobCopy, String> {
    match vault.find_blob(digest, told).await {
        Ok(Some(copy)) => return Ok(copy),
        Ok(None) => {}
        Err(error) => return Err(with_causes(&error)),
    }
    let class = run.policy.vault.storage_class;
    let mut why = String::new();
    for _ in 0..ATTEMPTS {
        let bytes = match reader.open_layer(&repository.name, digest).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind == AwsErrorKind::Unavailable => {
                why = with_causes(&error);
                continue;
            }
            Err(error) => return Err(with_causes(&error)),
        };
        match vault.put_blob(digest, class, bytes).await {
            Ok(copy) => {
                tracing::info!(
                    account = %repository.registry.account, region = %repository.registry.region,
                    repository = %repository.name, %digest, bytes = copy.bytes, "copied a blob"
                );
                return Ok(copy);
            }
            Err(error @ BlobError::Store(_)) => return Err(with_causes(&error)),
            // It broke off, or was damaged on the way.
            Err(error) => why = with_causes(&error),
        }
    }
    Err(why)
}

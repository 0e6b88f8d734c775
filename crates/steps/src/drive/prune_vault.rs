//! Removing from the vault what nobody wants any more.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::store::{S3Location, StoreLocation};
use ecr_sweep_core::Digest;
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{LockWork, RunId, VaultedBatch, keys};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;

use crate::run::documents::AT_ONCE;
use crate::{Environment, HeldLock, StepError, vault};

/// For so long after the last image could be wanted its blobs stay: clocks differ, and so do days.
const MARGIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What became of the vault's blobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Those that nobody wants any more, sorted: removed, or to be.
    pub unwanted: Vec<Digest>,
    /// How many stay.
    pub kept: u64,
}

/// Finds what nobody wants any more, and removes it unless that is only to be told. With the lock of the
/// run store, in the name of `run`: a deletion might just come to want it.
///
/// A document that says what is wanted and cannot be read stops it before anything is removed.
pub async fn prune_vault(
    environment: &Environment,
    run: &RunId,
    only_tell: bool,
) -> Result<Pruned, StepError> {
    if only_tell {
        return Ok(find(environment).await?.pruned);
    }
    let lock = HeldLock::take_to(environment, run, LockWork::PruneVault).await?;
    let pruned = remove(environment, &lock).await;
    let released = lock.release(environment).await;
    pruned.and_then(|pruned| released.map(|()| pruned))
}

/// What there is.
#[derive(Default)]
struct Found {
    pruned: Pruned,
    /// Where the unwanted blobs are.
    places: BTreeMap<Place, BTreeSet<Digest>>,
    /// The documents that say what was wanted, and is not any more.
    past: Vec<String>,
}

async fn find(environment: &Environment) -> Result<Found, StepError> {
    let Wanted { mut blobs, mut unwanted, past } = wanted(environment).await?;
    // What nobody ever said to want is nobody's here; in a bucket of their own blobs may be of others.
    if let Some(vault) = environment.store.blobs() {
        unwanted.insert(Place(None), vault.list_blobs().await?.into_iter().collect());
        blobs.entry(Place(None)).or_default();
    }
    let mut found = Found { past, ..Found::default() };
    for (place, there) in unwanted {
        let wanted = blobs.remove(&place).unwrap_or_default();
        let (kept, unwanted): (BTreeSet<_>, BTreeSet<_>) =
            there.into_iter().partition(|it| wanted.contains(it));
        found.pruned.kept += if place.0.is_none() { kept.len() } else { wanted.len() } as u64;
        found.pruned.unwanted.extend(&unwanted);
        found.places.insert(place, unwanted);
    }
    // In the others everything is wanted.
    let in_buckets = blobs.iter().filter(|(place, _)| place.0.is_some());
    found.pruned.kept += in_buckets.map(|(_, blobs)| blobs.len() as u64).sum::<u64>();
    found.pruned.unwanted.sort();
    Ok(found)
}

async fn remove(environment: &Environment, lock: &HeldLock) -> Result<Pruned, StepError> {
    let Found { pruned, places, past } = find(environment).await?;
    for (Place(bucket), blobs) in &places {
        let opened = vault::open(environment, bucket.as_ref());
        let Some(vault) = opened.blobs() else { continue };
        for blob in blobs {
            lock.renew(environment).await?;
            vault.remove_blob(*blob).await?;
            tracing::info!(%blob, "removed from the vault");
        }
    }
    if let Some(store) = environment.store.blobs() {
        // The word outlasts what it is of: who is stopped here finds it again.
        for key in &past {
            lock.renew(environment).await?;
            store.remove_wanted(key).await?;
        }
    }
    Ok(pruned)
}

/// Where blobs are: in a bucket of their own, or in the run store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(Option<S3Location>);

/// What some run may still want to put back.
#[derive(Default)]
struct Wanted {
    blobs: BTreeMap<Place, BTreeSet<Digest>>,
    /// What was wanted once.
    unwanted: BTreeMap<Place, BTreeSet<Digest>>,
    past: Vec<String>,
}

async fn wanted(environment: &Environment) -> Result<Wanted, StepError> {
    let store = &*environment.store;
    let end = environment.now().checked_sub(MARGIN).unwrap_or(jiff::Timestamp::MIN);
    let documents = store.list(keys::VAULTED).await?;
    stream::iter(documents)
        .map(async |name| {
            let key = keys::named_vaulted(&name);
            let missing = || StepError::Conflict {
                problem: format!("{} is gone", store.address(&name)),
                next: NextStep::EndOtherProcess,
            };
            let document: VaultedBatch = environment.find(&key).await?.ok_or_else(missing)?;
            let place = place(environment, &name, &document)?;
            Ok((name, place, document))
        })
        .buffered(AT_ONCE)
        .try_fold(Wanted::default(), async |mut wanted, (name, place, document)| {
            let is_wanted = document.wanted_until > end;
            let of = if is_wanted { &mut wanted.blobs } else { &mut wanted.unwanted };
            of.entry(place).or_default().extend(document.blobs.iter().map(|blob| blob.digest));
            if !is_wanted {
                wanted.past.push(name);
            }
            Ok(wanted)
        })
        .await
}

/// Where the blobs of a document are. What cannot be told stops everything: they may be wanted anywhere.
fn place(
    environment: &Environment,
    name: &str,
    document: &VaultedBatch,
) -> Result<Place, StepError> {
    let Some(address) = &document.vault else { return Ok(Place(None)) };
    match address.parse() {
        Ok(StoreLocation::Bucket(location)) => Ok(Place(Some(location))),
        Ok(StoreLocation::Folder(_)) | Err(_) => Err(StepError::Conflict {
            problem: format!("{} names no bucket: `{address}`", environment.store.address(name)),
            next: NextStep::RestoreDocument,
        }),
    }
}

//! Removing from the vault what nobody wants any more.

use std::collections::BTreeSet;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{RunId, VaultedBatch, keys};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;

use crate::run::documents::AT_ONCE;
use crate::{Environment, HeldLock, StepError};

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
    let lock = HeldLock::take(environment, run).await?;
    let pruned = remove(environment, &lock).await;
    let released = lock.release(environment).await;
    pruned.and_then(|pruned| released.map(|()| pruned))
}

/// What there is.
#[derive(Default)]
struct Found {
    pruned: Pruned,
    /// The documents that say what was wanted, and is not any more.
    past: Vec<String>,
}

async fn find(environment: &Environment) -> Result<Found, StepError> {
    let Some(vault) = environment.store.blobs() else { return Ok(Found::default()) };
    let there = vault.list_blobs().await?;
    let Wanted { blobs, past } = wanted(environment).await?;
    let (kept, unwanted): (Vec<_>, Vec<_>) = there.into_iter().partition(|it| blobs.contains(it));
    Ok(Found { pruned: Pruned { unwanted, kept: kept.len() as u64 }, past })
}

async fn remove(environment: &Environment, lock: &HeldLock) -> Result<Pruned, StepError> {
    let Found { pruned, past } = find(environment).await?;
    if let Some(vault) = environment.store.blobs() {
        for blob in &pruned.unwanted {
            lock.renew(environment).await?;
            vault.remove_blob(*blob).await?;
            tracing::info!(%blob, "removed from the vault");
        }
        // The word outlasts what it is of: who is stopped here finds it again.
        for key in &past {
            lock.renew(environment).await?;
            vault.remove_wanted(key).await?;
        }
    }
    Ok(pruned)
}

/// What some run may still want to put back.
#[derive(Default)]
struct Wanted {
    blobs: BTreeSet<Digest>,
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
                next: ecr_sweep_protocol::NextStep::EndOtherProcess,
            };
            let document: VaultedBatch = environment.find(&key).await?.ok_or_else(missing)?;
            Ok((name, document))
        })
        .buffered(AT_ONCE)
        .try_fold(Wanted::default(), async |mut wanted, (name, document)| {
            if document.wanted_until > end {
                wanted.blobs.extend(document.blobs.iter().map(|blob| blob.digest));
            } else {
                wanted.past.push(name);
            }
            Ok(wanted)
        })
        .await
}

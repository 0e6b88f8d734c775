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
        return find(environment).await;
    }
    let lock = HeldLock::take(environment, run).await?;
    let pruned = remove(environment, &lock).await;
    let released = lock.release(environment).await;
    pruned.and_then(|pruned| released.map(|()| pruned))
}

async fn find(environment: &Environment) -> Result<Pruned, StepError> {
    let Some(vault) = environment.store.blobs() else { return Ok(Pruned::default()) };
    let there = vault.list_blobs().await?;
    let wanted = wanted(environment).await?;
    let (kept, unwanted): (Vec<_>, Vec<_>) = there.into_iter().partition(|it| wanted.contains(it));
    Ok(Pruned { unwanted, kept: kept.len() as u64 })
}

async fn remove(environment: &Environment, lock: &HeldLock) -> Result<Pruned, StepError> {
    let pruned = find(environment).await?;
    if let Some(vault) = environment.store.blobs() {
        for blob in &pruned.unwanted {
            lock.renew(environment).await?;
            vault.remove_blob(*blob).await?;
            tracing::info!(%blob, "removed from the vault");
        }
    }
    Ok(pruned)
}

/// What some run may still want to put back.
async fn wanted(environment: &Environment) -> Result<BTreeSet<Digest>, StepError> {
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
            environment.find(&key).await?.ok_or_else(missing)
        })
        .buffered(AT_ONCE)
        .try_fold(BTreeSet::new(), async |mut wanted, document: VaultedBatch| {
            if document.wanted_until > end {
                wanted.extend(document.blobs.iter().map(|blob| blob.digest));
            }
            Ok(wanted)
        })
        .await
}

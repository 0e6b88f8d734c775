//! Putting images back that a run has deleted: from its receipts and the manifests stored with them. What
//! it has archived is still there, and is restored by the registry.
//!
//! Children come before the indexes that list them, an image before what refers to it. Each image is
//! put by its digest, with the tags that it had and that no other image has by now. What is asked for
//! is written down before, and what came of it after, so that a second call goes on where this one
//! was stopped.

mod found;
mod layers;
mod order;
mod putting;
mod stored;

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, Image, RepositoryId};
use ecr_sweep_protocol::documents::{
    DeletionOutcome, LockWork, Receipt, RestoreOutcome, Restored, RestoredImage, V1,
};
use ecr_sweep_protocol::{MissingReceipts, Restoration};

use crate::error::is_repository_gone;
use crate::{HeldLock, Phase, Run, StepError};
pub use found::{DeletedImages, FoundDeletions, find_deleted};
use order::in_order;
use putting::Putting;
use stored::Deleted;

/// Whether the run has deleted or archived an image, or has asked for it and never heard what came of it.
///
/// What was gone when it was asked for may have gone by the call itself: its first answer may be lost, and the
/// SDK asks once more. Of what was gone before that, no manifest is stored.
const fn went(receipt: &Receipt) -> bool {
    match receipt.outcome {
        DeletionOutcome::Deleted | DeletionOutcome::Archived | DeletionOutcome::Asked => true,
        DeletionOutcome::AlreadyGone => receipt.manifest.is_some(),
        _ => false,
    }
}

/// Puts images back that a run has deleted, and has those restored that it has archived; with each its
/// children, and what refers to it, as far as the run has done that with them. With the lock of the run store, so that nothing is deleted meanwhile.
///
/// An image that cannot come back stops no other.
pub async fn restore(run: &Run, found: FoundDeletions) -> Result<Restoration, StepError> {
    let lock = HeldLock::take_to(run, &run.id, LockWork::Restore).await?;
    let restored = restore_all(run, Some(&lock), found).await;
    let released = lock.release(run).await;
    restored.and_then(|restored| released.map(|()| restored))
}

/// Tells what would come back, by what can be looked at: the layers and the children that are there, and the copies
/// in the vault, held against their digests. Nothing is put, and nothing written.
pub async fn restorable(run: &Run, found: FoundDeletions) -> Result<Restoration, StepError> {
    restore_all(run, None, found).await
}

async fn restore_all(
    run: &Run,
    lock: Option<&HeldLock>,
    found: FoundDeletions,
) -> Result<Restoration, StepError> {
    let total: usize = found.repositories.iter().map(|it| it.digests.len()).sum();
    run.progress.start(Phase::RestoreImages, total as u64);
    let mut restoration = Restoration {
        schema_version: V1,
        run: run.id.clone(),
        dry_run: lock.is_none(),
        interrupted: false,
        missing_receipts: Vec::new(),
        unreadable: Vec::new(),
        repositories: Vec::new(),
    };
    let mut unreadable = BTreeSet::from_iter(found.unreadable);
    for DeletedImages { repository, digests, missing, unreadable: of_it } in found.repositories {
        unreadable.extend(of_it);
        if missing > 0 {
            restoration.missing_receipts.push(MissingReceipts {
                account: repository.registry.account.clone(),
                region: repository.registry.region.clone(),
                repository: repository.name.clone(),
                images: missing,
            });
        }
        if digests.is_empty() {
            continue;
        }
        let (deleted, of_it) = stored::read(run, &repository).await?;
        unreadable.extend(of_it);
        let wanted = order::whole(&deleted, &digests);
        let restored = restore_repository(run, lock, &repository, &deleted, &wanted).await?;
        let is_left = |image: &RestoredImage| image.outcome == RestoreOutcome::NotAsked;
        restoration.interrupted |= restored.images.iter().any(is_left);
        restoration.repositories.push(restored);
    }
    restoration.unreadable = unreadable.into_iter().collect();
    Ok(restoration)
}

async fn restore_repository(
    run: &Run,
    lock: Option<&HeldLock>,
    repository: &RepositoryId,
    deleted: &BTreeMap<Digest, Deleted>,
    wanted: &BTreeSet<Digest>,
) -> Result<Restored, StepError> {
    let there = match run.sessions.registry(&repository.registry).images(&repository.name).await {
        Ok(there) => there,
        Err(error) if is_repository_gone(&error) => {
            return Ok(all_failed(run, repository, wanted, "RepositoryNotFoundException"));
        }
        Err(error) => return Err(error.into()),
    };
    let mut putting = Putting::open(run, lock, repository, &there).await?;
    let mut is_stopped = false;
    for batch in in_order(deleted, wanted) {
        is_stopped |= lock.is_some() && run.deadline.has_passed();
        let images: Vec<&Deleted> = batch.iter().filter_map(|it| deleted.get(it)).collect();
        if is_stopped {
            putting.leave(&images);
        } else if let Some(lock) = lock {
            lock.renew(run).await?;
            putting.put(&images).await?;
        } else {
            putting.tell(&images).await;
        }
        run.progress.step(Phase::RestoreImages, images.len() as u64);
    }
    Ok(putting.end(wanted))
}

/// The tags and the digests of what is in a repository.
fn tags_of(there: &[Image]) -> impl Iterator<Item = (&str, Digest)> {
    there.iter().flat_map(|image| image.tags.iter().map(|tag| (&**tag, image.digest)))
}

fn all_failed(
    run: &Run,
    repository: &RepositoryId,
    wanted: &BTreeSet<Digest>,
    code: &str,
) -> Restored {
    let mut restored = Restored::none(&run.id, repository);
    for digest in wanted {
        restored.enter(RestoredImage {
            digest: *digest,
            tags: Vec::new(),
            tags_elsewhere: Vec::new(),
            asked_at: run.now(),
            answered_at: None,
            outcome: RestoreOutcome::Failed {
                code: code.into(),
                reason: "the repository is not there any more: make it first".into(),
            },
        });
    }
    restored
}

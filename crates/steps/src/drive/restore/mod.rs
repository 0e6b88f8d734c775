//! Putting images back that a run has deleted: from its receipts and the manifests stored with them. What
//! it has archived is still there, and is restored by the registry.
//!
//! Children come before the indexes that list them, an image before what refers to it. Each image is
//! put by its digest, with the tags that it had and that no other image has by now. What is asked for
//! is written down before, and what came of it after, so that a second call goes on where this one
//! was stopped.

mod layers;
mod order;
mod putting;
mod stored;

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, Image, RepositoryId};
use ecr_sweep_protocol::Restoration;
use ecr_sweep_protocol::documents::{
    DeletionOutcome, MatchedRepository, Receipt, Repositories, RestoreOutcome, Restored,
    RestoredImage, RunId, V1, keys,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::is_repository_gone;
use crate::run::documents::AT_ONCE;
use crate::{Environment, HeldLock, Phase, Run, StepError, find_receipts};
use order::in_order;
use putting::Putting;
use stored::Deleted;

/// Images of one repository that a run has deleted or archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedImages {
    /// The repository.
    pub repository: RepositoryId,
    /// The images.
    pub digests: BTreeSet<Digest>,
}

/// The images that a run has deleted or archived, or may have, of those that are wanted. Repositories
/// without any are left out.
pub async fn find_deleted(
    environment: &Environment,
    run: &RunId,
    is_wanted: impl Fn(&RepositoryId, &Receipt) -> bool,
) -> Result<Vec<DeletedImages>, StepError> {
    let Repositories { repositories, .. } =
        environment.read_of(run, &keys::repositories(run)).await?;
    let is_wanted = &is_wanted;
    let found: Vec<DeletedImages> = stream::iter(repositories)
        .map(async |matched: MatchedRepository| {
            let repository = matched.id();
            let receipts = find_receipts(&*environment.store, run, &repository).await?;
            let images = receipts.into_iter().flat_map(|it| it.receipts);
            let deleted = images.filter(|it| went(it) && is_wanted(&repository, it));
            let digests = deleted.map(|receipt| receipt.digest).collect();
            Ok::<_, StepError>(DeletedImages { repository, digests })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(found.into_iter().filter(|it| !it.digests.is_empty()).collect())
}

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
pub async fn restore(run: &Run, deleted: Vec<DeletedImages>) -> Result<Restoration, StepError> {
    let lock = HeldLock::take(run, &run.id).await?;
    let restored = restore_all(run, Some(&lock), deleted).await;
    let released = lock.release(run).await;
    restored.and_then(|restored| released.map(|()| restored))
}

/// Tells what would come back. Nothing is put, and nothing written.
pub async fn restorable(run: &Run, deleted: Vec<DeletedImages>) -> Result<Restoration, StepError> {
    restore_all(run, None, deleted).await
}

async fn restore_all(
    run: &Run,
    lock: Option<&HeldLock>,
    deleted: Vec<DeletedImages>,
) -> Result<Restoration, StepError> {
    let total: usize = deleted.iter().map(|it| it.digests.len()).sum();
    run.progress.start(Phase::RestoreImages, total as u64);
    let mut restoration = Restoration {
        schema_version: V1,
        run: run.id.clone(),
        dry_run: lock.is_none(),
        interrupted: false,
        repositories: Vec::new(),
    };
    for DeletedImages { repository, digests } in deleted {
        let restored = restore_repository(run, lock, &repository, &digests).await?;
        let is_left = |image: &RestoredImage| image.outcome == RestoreOutcome::NotAsked;
        restoration.interrupted |= restored.images.iter().any(is_left);
        restoration.repositories.push(restored);
    }
    Ok(restoration)
}

async fn restore_repository(
    run: &Run,
    lock: Option<&HeldLock>,
    repository: &RepositoryId,
    digests: &BTreeSet<Digest>,
) -> Result<Restored, StepError> {
    let deleted = stored::read(run, repository).await?;
    let wanted = order::whole(&deleted, digests);
    let there = match run.sessions.registry(&repository.registry).images(&repository.name).await {
        Ok(there) => there,
        Err(error) if is_repository_gone(&error) => {
            return Ok(all_failed(run, repository, &wanted, "RepositoryNotFoundException"));
        }
        Err(error) => return Err(error.into()),
    };
    let mut putting = Putting::open(run, lock, repository, &there).await?;
    let mut is_stopped = false;
    for batch in in_order(&deleted, &wanted) {
        is_stopped |= lock.is_some() && run.deadline.has_passed();
        let images: Vec<&Deleted> = batch.iter().filter_map(|it| deleted.get(it)).collect();
        if is_stopped {
            putting.leave(&images);
        } else if let Some(lock) = lock {
            lock.renew(run).await?;
            putting.put(&images).await?;
        } else {
            putting.tell(&images).await?;
        }
        run.progress.step(Phase::RestoreImages, images.len() as u64);
    }
    Ok(putting.end(&wanted))
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

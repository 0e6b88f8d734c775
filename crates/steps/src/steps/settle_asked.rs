//! What earlier runs asked a registry for without hearing what came of it: it is looked up.
//!
//! A run that was killed, or whose answer was lost, leaves receipts that say no more than that the registry
//! was asked. Whoever takes the lock next looks at each of these images, and completes the receipts: so no
//! image goes without one that says so.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, ImageStatus, RepositoryId, Warning, WarningCode};
use ecr_sweep_protocol::documents::{
    DeletionOutcome, Lock, MatchedRepository, Receipt, Repositories, RunId, keys,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::is_repository_gone;
use crate::run::documents::AT_ONCE;
use crate::run::receipts::{later_batches, taken_in};
use crate::{Environment, HeldLock, Run, StepError};

/// The code of an image that is still there though the registry was asked.
const NOT_ANSWERED: &str = "NotAnswered";

/// Completes the receipts of all runs of which that was left to whoever takes the lock. One that cannot be
/// completed stays left.
pub(crate) async fn settle_asked(run: &Run, lock: &HeldLock) -> Result<(), StepError> {
    let unsettled = lock.unsettled(run).await?;
    if unsettled.is_empty() {
        return Ok(());
    }
    let mut settled = BTreeSet::new();
    for earlier in unsettled {
        match settle_run(run, lock, &earlier).await {
            Ok(()) => drop(settled.insert(earlier)),
            Err(lost @ (StepError::Conflict { .. } | StepError::Stopped { .. })) => {
                return Err(lost);
            }
            Err(error) => {
                tracing::warn!(run = %earlier, %error, "cannot look up what a run has deleted");
            }
        }
    }
    lock.enter_settled(run, &settled).await
}

/// The same where nothing else needs the lock, which is taken for it if something is left. Who has it looks
/// that up, too.
pub(crate) async fn settle_left(
    run: &Run,
    taking: impl Future<Output = Result<HeldLock, StepError>>,
) -> Result<(), StepError> {
    if !is_left(run).await? {
        return Ok(());
    }
    let lock = match taking.await {
        Ok(lock) => lock,
        Err(StepError::Conflict { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let settled = settle_asked(run, &lock).await;
    let released = lock.release(run).await;
    settled.and(released)
}

/// Whether something is left to be looked up, and nobody has the lock who does.
pub(crate) async fn is_left(environment: &Environment) -> Result<bool, StepError> {
    let lock = environment.find(&keys::LOCK).await?;
    let is_left =
        |lock: &Lock| !lock.is_held(environment.now()) && !lock.left_unsettled().is_empty();
    Ok(lock.as_ref().is_some_and(is_left))
}

/// The warnings that of other runs something is still to be looked up: by the next one that deletes.
pub(crate) async fn left_by_others(run: &Run) -> Result<Vec<Warning>, StepError> {
    let lock = match run.find(&keys::LOCK).await {
        Ok(Some(lock)) => lock,
        Ok(None) => return Ok(Vec::new()),
        // Who is to delete is refused for it: a plan and what went are told all the same.
        Err(damaged @ StepError::DamagedLock { .. }) => {
            let detail = format!(
                "whether answers of earlier runs are still to be looked up cannot be told: {}",
                damaged.in_full()
            );
            let code = WarningCode::EarlierRunUnsettled;
            return Ok(vec![Warning { code, detail: detail.into() }]);
        }
        Err(error) => return Err(error),
    };
    // Who deletes right now is asked for it in its own summary.
    let holder = lock.is_held(run.now()).then_some(&lock.run);
    let left = lock.left_unsettled();
    let others = left.iter().filter(|earlier| **earlier != run.id && Some(*earlier) != holder);
    let warning = |earlier: &RunId| {
        Warning {
        code: WarningCode::EarlierRunUnsettled,
        detail: format!(
            "the run {earlier} may have asked for deletions whose answers it never wrote down; they are \
             still to be looked up, by the next run that is to delete"
        )
        .into(),
    }
    };
    Ok(others.map(warning).collect())
}

async fn settle_run(run: &Run, lock: &HeldLock, earlier: &RunId) -> Result<(), StepError> {
    let key = keys::repositories(earlier);
    let Some(Repositories { repositories, .. }) = run.find(&key).await? else {
        // Of a run of which nothing is stored any more nothing can be completed. Where only the list is
        // gone, receipts may be there that nobody finds without it.
        return match run.store.list(&keys::run(earlier)).await?.first() {
            None => Ok(()),
            Some(_) => Err(run.missing_of(earlier, &key)),
        };
    };
    stream::iter(repositories)
        .map(async |matched: MatchedRepository| {
            settle_repository(run, lock, earlier, &matched.id()).await
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn settle_repository(
    run: &Run,
    lock: &HeldLock,
    earlier: &RunId,
    repository: &RepositoryId,
) -> Result<(), StepError> {
    let key = keys::receipts(earlier, repository);
    let together = run.find_version(&key).await?;
    let first = taken_in(together.as_ref().map(|(receipts, _)| receipts));
    let batches = later_batches(&*run.store, earlier, repository, first).await?;
    let receipts = together.iter().flat_map(|(receipts, _)| &receipts.receipts);
    let receipts = receipts.chain(batches.iter().flat_map(|batch| &batch.receipts));
    let asked: BTreeSet<Digest> = receipts.filter(|it| is_open(it)).map(|it| it.digest).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let asked: Vec<Digest> = asked.into_iter().collect();
    let there = there(run, repository, &asked).await?;
    lock.renew(run).await?;
    let settle = |receipts: &mut Vec<Receipt>| {
        for receipt in receipts.iter_mut().filter(|it| is_open(it)) {
            receipt.outcome = outcome(run, receipt.archive, there.get(&receipt.digest).copied());
        }
    };
    if let Some((mut receipts, version)) = together {
        settle(&mut receipts.receipts);
        run.write_alone(&key, &receipts, Some(&version)).await?;
    }
    for batch in batches {
        let key = keys::receipt_batch(earlier, repository, batch.batch);
        // It was there a moment ago: what somebody has removed meanwhile is not settled.
        let found = run.find_version(&key).await?;
        let (mut batch, version) = found.ok_or_else(|| run.missing_of(earlier, &key))?;
        settle(&mut batch.receipts);
        run.write_alone(&key, &batch, Some(&version)).await?;
    }
    tracing::info!(run = %earlier, %repository, images = asked.len(), "looked up what was asked for");
    Ok(())
}

fn is_open(receipt: &Receipt) -> bool {
    receipt.outcome == DeletionOutcome::Asked
}

/// What came of asking for an image, as far as can be seen now.
fn outcome(run: &Run, archive: bool, status: Option<ImageStatus>) -> DeletionOutcome {
    let still = match (archive, status) {
        (false, None) => return DeletionOutcome::Deleted,
        // Archiving takes nothing away.
        (true, None) => return DeletionOutcome::AlreadyGone,
        (true, Some(ImageStatus::Archived)) => return DeletionOutcome::Archived,
        (true, Some(_)) => "was not archived",
        (false, Some(_)) => "was still there",
    };
    let now = run.now();
    DeletionOutcome::Failed {
        code: NOT_ANSWERED.into(),
        reason: format!("the registry never answered, and the image {still} at {now}").into(),
    }
}

/// Those of these images that are there, and what they are.
async fn there(
    run: &Run,
    repository: &RepositoryId,
    digests: &[Digest],
) -> Result<BTreeMap<Digest, ImageStatus>, StepError> {
    let reader = run.sessions.registry(&repository.registry);
    match reader.images_exactly(&repository.name, digests).await {
        Ok(exact) => {
            Ok(exact.found.into_iter().map(|image| (image.digest, image.status)).collect())
        }
        Err(error) if is_repository_gone(&error) => Ok(BTreeMap::new()),
        Err(error) => Err(error.into()),
    }
}

//! Deleting: what was planned, planned again from fresh evidence, under the lock.

use std::sync::Arc;

use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{MatchedRepository, RunSummary, Stage, StepName, keys};
use futures::{StreamExt, stream};
use tokio::sync::Mutex;

use super::RunOptions;
use super::plan::{plan, plan_all, see};
use crate::failure::record_failure;
use crate::reviewed::with_deletions;
use crate::{
    Context, DeleteBatchRequest, HeldLock, JudgeRequest, Phase, RunInputs, SharedEvidence,
    StepError, Stopped, delete_batch, judge, limit_run, plan_repo,
};

/// Plans as [`dry_run`](super::dry_run) does, asks, and deletes exactly the plan, as far as it
/// still holds.
///
/// `confirm` is given the plan's totals. If it says no, nothing is deleted. It is not asked where
/// there is nothing to delete.
pub async fn sweep(
    ctx: &Context,
    options: RunOptions,
    confirm: impl AsyncFnOnce(&RunSummary) -> bool,
) -> Result<RunSummary, StepError> {
    let inputs = plan(ctx, options, false).await?;
    judge(ctx, &inputs, JudgeRequest::default()).await?;
    sweep_planned(ctx, confirm).await
}

/// Deletes the plan that a run has stored, as far as it still holds.
///
/// `confirm` is given the plan's totals. If it says no, nothing is deleted. It is not asked where
/// there is nothing to delete.
pub async fn sweep_planned(
    ctx: &Context,
    confirm: impl AsyncFnOnce(&RunSummary) -> bool,
) -> Result<RunSummary, StepError> {
    let inputs = Arc::new(RunInputs::read(ctx).await?);
    // Written when all plans were made and held against the run's limits, and not before.
    let planned = ctx.read(&keys::summary(&ctx.run, Stage::Plan)).await?;
    let request = JudgeRequest { deleting: true, ..JudgeRequest::default() };
    let repositories = with_deletions(ctx, &inputs, &planned).await?;
    if repositories.is_empty() {
        return judge(ctx, &inputs, request).await;
    }
    if !confirm(&planned).await {
        let reason = "it was not confirmed; nothing is deleted".into();
        let stopped = Some(Stopped { ending: Ending::Refused, reason });
        return judge(ctx, &inputs, JudgeRequest { stopped, ..request }).await;
    }
    let lock = HeldLock::take(ctx).await?;
    let swept = recheck_and_delete(ctx, &inputs, &lock, repositories).await;
    let released = lock.release(ctx).await;
    match swept.and(released) {
        Ok(()) => judge(ctx, &inputs, request).await,
        Err(error) => {
            let stopped = Some(Stopped::by(&error.name().into(), error.in_full().into()));
            judge(ctx, &inputs, JudgeRequest { stopped, ..request }).await?;
            Err(error)
        }
    }
}

/// What the repositories' deletions share.
struct Sweeping<'a> {
    ctx: &'a Context,
    inputs: &'a Arc<RunInputs>,
    lock: &'a HeldLock,
    evidence: Mutex<Arc<SharedEvidence>>,
}

/// The recheck: these repositories planned again from fresh evidence, and held against the limits
/// of a run. Gives those that could be planned.
pub(super) async fn see_and_plan_again(
    ctx: &Context,
    inputs: &Arc<RunInputs>,
    lock: &HeldLock,
    repositories: Vec<MatchedRepository>,
) -> Result<(Arc<SharedEvidence>, Vec<MatchedRepository>), StepError> {
    let evidence = see(ctx, inputs, Stage::Recheck, Some(lock)).await?;
    let replanned = plan_all(ctx, inputs, &evidence, repositories, Some(lock)).await?;
    limit_run(ctx, inputs, &evidence).await?;
    Ok((evidence, replanned))
}

async fn recheck_and_delete(
    ctx: &Context,
    inputs: &Arc<RunInputs>,
    lock: &HeldLock,
    repositories: Vec<MatchedRepository>,
) -> Result<(), StepError> {
    // Who cannot be planned again is not deleted by an earlier recheck.
    let (evidence, replanned) = see_and_plan_again(ctx, inputs, lock, repositories).await?;

    ctx.progress.start(Phase::DeleteImages, planned_deletions(ctx, &replanned).await?);
    let sweeping = Sweeping { ctx, inputs, lock, evidence: Mutex::new(evidence) };
    // Without the lock each repository stops before its next batch: none is cut short in one.
    let results: Vec<Result<(), StepError>> = stream::iter(&replanned)
        .map(|repository| sweeping.delete_or_record(repository))
        .buffer_unordered(ctx.sessions.concurrency())
        .collect()
        .await;
    results.into_iter().collect()
}

/// How many images these repositories' reviewed plans delete.
async fn planned_deletions(
    ctx: &Context,
    repositories: &[MatchedRepository],
) -> Result<u64, StepError> {
    let mut images = 0;
    for repository in repositories {
        let key = keys::plan(&ctx.run, Stage::Plan, &repository.place(), &repository.repository);
        let head = ctx.read(&key.head()).await?;
        images += head.plan.summary.delete;
    }
    Ok(images)
}

impl Sweeping<'_> {
    /// Deletes one repository's images. What stops it stops none of the others, but for the loss
    /// of the lock.
    async fn delete_or_record(&self, repository: &MatchedRepository) -> Result<(), StepError> {
        match self.delete(repository).await {
            Ok(()) => Ok(()),
            Err(lost @ StepError::Conflict { .. }) => Err(lost),
            Err(error) => {
                let (place, name) = (repository.place(), &repository.repository);
                record_failure(self.ctx, &place, name, StepName::Delete, &error).await
            }
        }
    }

    /// Deletes one repository's images. Evidence that gets too old on the way is seen again, and
    /// the repository planned again.
    async fn delete(&self, repository: &MatchedRepository) -> Result<(), StepError> {
        let request = DeleteBatchRequest {
            registry: repository.place(),
            repository: repository.repository.clone(),
        };
        loop {
            match delete_batch(self.ctx, self.inputs, self.lock, &request).await {
                Ok(_) => return Ok(()),
                Err(stale @ StepError::StaleEvidence { .. }) => {
                    self.see_again(repository, stale).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Scans again, unless another repository just had it done, and plans again. If the evidence
    /// is too old even then, the error is given back.
    async fn see_again(
        &self,
        repository: &MatchedRepository,
        stale: StepError,
    ) -> Result<(), StepError> {
        let max_age = self.inputs.policy.evidence_max_age;
        let is_fresh =
            |evidence: &SharedEvidence| evidence.evidence_at() >= max_age.before(self.ctx.now());
        let mut evidence = self.evidence.lock().await;
        if !is_fresh(&evidence) {
            self.ctx.progress.note("the evidence is too old by now: usage is scanned again");
            *evidence = see(self.ctx, self.inputs, Stage::Recheck, Some(self.lock)).await?;
        }
        plan_repo(self.ctx, self.inputs, &evidence, repository).await?;
        if is_fresh(&evidence) { Ok(()) } else { Err(stale) }
    }
}

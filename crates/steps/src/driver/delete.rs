//! Deleting: what was planned, planned again from fresh evidence, under the lock.

use std::sync::Arc;

use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{MatchedRepository, RunSummary, Stage, StepName, keys};
use futures::{StreamExt, stream};
use tokio::sync::Mutex;

use super::RunOptions;
use super::plan::{plan, plan_all, plan_or_record, see};
use crate::attempt::{attempt, record_failure};
use crate::reviewed::with_deletions;
use crate::rounds::{next_round, standing};
use crate::{
    Context, HeldLock, JudgeRequest, Phase, RunInputs, SharedEvidence, StepError, Stopped,
    delete_batch, judge, limit_run,
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
    if planned.deletes_nothing() {
        return judge(ctx, &inputs, request).await;
    }
    let repositories = with_deletions(ctx, &inputs, &planned).await?;
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
/// of a run.
pub(super) async fn see_and_plan_again(
    ctx: &Context,
    inputs: &Arc<RunInputs>,
    lock: &HeldLock,
    repositories: Vec<MatchedRepository>,
) -> Result<Arc<SharedEvidence>, StepError> {
    let evidence = see(ctx, inputs, Stage::Recheck, Some(lock)).await?;
    plan_all(ctx, inputs, &evidence, repositories, Some(lock)).await?;
    limit_run(ctx, inputs, &evidence).await?;
    Ok(evidence)
}

async fn recheck_and_delete(
    ctx: &Context,
    inputs: &Arc<RunInputs>,
    lock: &HeldLock,
    repositories: Vec<MatchedRepository>,
) -> Result<(), StepError> {
    let evidence = see_and_plan_again(ctx, inputs, lock, repositories.clone()).await?;
    ctx.progress.start(Phase::DeleteImages, planned_deletions(ctx, &repositories).await?);
    let sweeping = Sweeping { ctx, inputs, lock, evidence: Mutex::new(evidence) };
    // Without the lock each repository stops before its next batch: none is cut short in one.
    let results: Vec<Result<(), StepError>> = stream::iter(&repositories)
        .map(|repository| sweeping.delete(repository))
        .buffer_unordered(ctx.sessions.concurrency())
        .collect()
        .await;
    results.into_iter().collect()
}

/// How many images the reviewed plans delete of those repositories that could be planned again.
async fn planned_deletions(
    ctx: &Context,
    repositories: &[MatchedRepository],
) -> Result<u64, StepError> {
    let mut images = 0;
    for repository in repositories {
        let (place, name) = (repository.place(), &repository.repository);
        if !attempt(ctx, Stage::Recheck, &place, name).await?.has_plan() {
            continue;
        }
        let key = keys::plan(&ctx.run, Stage::Plan, &place, name);
        let head = ctx.read(&key.head()).await?;
        images += head.plan.summary.delete;
    }
    Ok(images)
}

impl Sweeping<'_> {
    /// Deletes one repository's images. What stops it stops none of the others, but for the loss
    /// of the lock. Evidence that gets too old on the way is seen again, and the repository planned
    /// again.
    async fn delete(&self, repository: &MatchedRepository) -> Result<(), StepError> {
        let Self { ctx, inputs, lock, .. } = *self;
        // Right after a scan one repository is planned alone, so a first round may be too late and
        // the second not.
        let mut gone_before = None;
        loop {
            match delete_batch(ctx, inputs, lock, repository).await {
                Ok(_) => return Ok(()),
                Err(lost @ StepError::Conflict { .. }) => return Err(lost),
                Err(error) => {
                    let (place, name) = (repository.place(), &repository.repository);
                    record_failure(ctx, &place, name, StepName::Delete, &error).await?;
                }
            }
            let standing = standing(ctx, repository.clone()).await?;
            let standings = standing.into_iter().collect();
            let Some(round) = next_round(standings, gone_before) else { return Ok(()) };
            gone_before = Some(round.gone);
            self.plan_again(repository).await?;
        }
    }

    /// Plans again from fresh evidence, or writes down what stopped that.
    async fn plan_again(&self, repository: &MatchedRepository) -> Result<(), StepError> {
        let mut evidence = self.evidence.lock().await;
        match self.see_again(&mut evidence).await {
            Ok(()) => plan_or_record(self.ctx, self.inputs, &evidence, repository).await,
            Err(lost @ StepError::Conflict { .. }) => Err(lost),
            Err(error) => {
                let (place, name) = (repository.place(), &repository.repository);
                record_failure(self.ctx, &place, name, StepName::Recheck, &error).await
            }
        }
    }

    /// Scans again, unless another repository just had it done.
    async fn see_again(&self, evidence: &mut Arc<SharedEvidence>) -> Result<(), StepError> {
        let Self { ctx, inputs, lock, .. } = *self;
        if evidence.evidence_at() < inputs.policy.evidence_max_age.before(ctx.now()) {
            ctx.progress.note("the evidence is too old by now: usage is scanned again");
            *evidence = see(ctx, inputs, Stage::Recheck, Some(lock)).await?;
        }
        Ok(())
    }
}

//! Deleting: what was planned, planned again from fresh evidence, under the lock.

use std::sync::Arc;

use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{
    FencingToken, LockWork, MatchedRepository, RunId, RunSummary, Stage, StepName, keys,
};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::Mutex;

use super::dry_run::{plan_all, plan_and_judge, plan_or_record, scan_again};
use super::stopped::{end_unplanned, interrupted, told};
use crate::run::attempt::{attempt, record_failure};
use crate::run::documents::AT_ONCE;
use crate::run::heard::Heard;
use crate::run::stop::withdraw_stop;
use crate::steps::limit_listed;
use crate::steps::reviewed::with_deletions;
use crate::steps::rounds::{next_round, standing};
use crate::steps::settle::settle_one;
use crate::steps::settle_asked::{settle_asked, settle_left};
use crate::{
    Deletion, Environment, HeldLock, JudgeRequest, Phase, Purpose, Run, RunOptions, SharedEvidence,
    StepError, Stopped, delete_batch, judge, summarize,
};

/// Plans as [`dry_run`](crate::dry_run) does, asks, and deletes exactly the plan, as far as it
/// still holds.
///
/// `confirm` is given the plan's totals. If it says no, nothing is deleted. It is not asked where
/// there is nothing to delete.
pub async fn sweep(
    environment: &Environment,
    run: &RunId,
    options: RunOptions,
    confirm: impl AsyncFnOnce(&RunSummary) -> bool,
) -> Result<RunSummary, StepError> {
    let begun = Run::begin(environment, run, options, Purpose::Sweep).await?;
    if let Err(refused) = HeldLock::check_free(environment).await {
        return Err(end_unplanned(&begun, refused).await);
    }
    plan_and_judge(&begun).await?;
    delete_planned(environment, run, confirm).await
}

/// Takes up the plan that a run has stored, and deletes it as far as it still holds: also where
/// somebody asked that run to stop.
///
/// `confirm` is given the plan's totals. If it says no, nothing is deleted. It is not asked where
/// there is nothing to delete.
pub async fn sweep_planned(
    environment: &Environment,
    run: &RunId,
    confirm: impl AsyncFnOnce(&RunSummary) -> bool,
) -> Result<RunSummary, StepError> {
    withdraw_stop(environment, run).await?;
    delete_planned(environment, run, confirm).await
}

/// Deletes the plan that a run has stored, as far as it still holds.
async fn delete_planned(
    environment: &Environment,
    run: &RunId,
    confirm: impl AsyncFnOnce(&RunSummary) -> bool,
) -> Result<RunSummary, StepError> {
    let run = &Run::open(environment, run).await?;
    // Written when all plans were made and held against the run's limits, and not before.
    let planned = run.read(&keys::summary(&run.id, Stage::Plan)).await?;
    let request = JudgeRequest { deleting: true, ..JudgeRequest::default() };
    if planned.deletes_nothing() {
        settle_left(run, HeldLock::take_to(run, &run.id, LockWork::Settle)).await?;
        return judge(run, request).await;
    }
    let repositories = match with_deletions(run, &planned).await {
        Ok(repositories) => repositories,
        // A plan that was made to be looked at stays what it is.
        Err(refused) if run.request.dry_run => return Err(refused),
        Err(refused) => return stop(run, None, refused).await,
    };
    let is_confirmed = confirm(&planned).await;
    if run.deadline.is_asked() {
        return stop(run, None, interrupted(run, true)).await;
    }
    if !is_confirmed {
        let reason = "it was not confirmed; nothing is deleted".into();
        let stopped = Some(Stopped { ending: Ending::Refused, reason });
        return judge_unless_elsewhere(run, None, JudgeRequest { stopped, ..request }).await;
    }
    let lock = match HeldLock::take_to_delete(run, &run.id).await {
        Ok(lock) => lock,
        Err(refused) => return stop(run, None, refused).await,
    };
    let (ours, heard) = (Some(lock.token()), lock.heard());
    let swept = recheck_and_delete(run, &lock, repositories).await;
    let released = lock.release(run).await;
    let ended = match swept.and_then(|swept| released.map(|()| swept)) {
        Ok(Swept::Whole) => judge(run, request).await,
        Ok(Swept::InPart) => stop(run, ours, interrupted(run, true)).await,
        Err(error) => stop(run, ours, told(run, error, true)).await,
    };
    match ended {
        Err(error) => Err(with_what_went(run, &heard, error).await),
        ended => ended,
    }
}

/// What ended a sweep, with what went where the run store does not tell all of that any more.
async fn with_what_went(run: &Run, heard: &Heard, error: StepError) -> StepError {
    if !heard.is_more_than(None) {
        return error;
    }
    let request = JudgeRequest { deleting: true, ..JudgeRequest::default() };
    let told = summarize(run, request).await.ok().map(|it| it.totals.outcomes.changed());
    if heard.is_more_than(told) { heard.not_recorded(error) } else { error }
}

/// Ends a sweep that did not get to its end. Where the same run deletes elsewhere by now, its summary is written
/// there, and nothing is written here.
async fn judge_unless_elsewhere(
    run: &Run,
    ours: Option<FencingToken>,
    request: JudgeRequest,
) -> Result<RunSummary, StepError> {
    if HeldLock::is_elsewhere(run, &run.id, ours).await? {
        return summarize(run, request).await;
    }
    judge(run, request).await
}

/// Ends a sweep that something stopped: the summary says what, and what went before.
async fn stop(
    run: &Run,
    ours: Option<FencingToken>,
    error: StepError,
) -> Result<RunSummary, StepError> {
    let stopped = Stopped { ending: error.ending(), reason: error.in_full().into() };
    let request =
        JudgeRequest { deleting: true, stopped: Some(stopped), ..JudgeRequest::default() };
    if let Err(not_stored) = judge_unless_elsewhere(run, ours, request).await {
        // What stopped the run may have taken the store with it.
        tracing::warn!(run = %run.id, error = %not_stored, "cannot store that the run stopped");
    }
    Err(error)
}

/// How far a sweep got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Swept {
    /// As far as it could.
    Whole,
    /// Until somebody asked to stop.
    InPart,
}

/// What the repositories' deletions share.
struct Sweeping<'a> {
    run: &'a Run,
    lock: &'a HeldLock,
    evidence: Mutex<Arc<SharedEvidence>>,
}

/// The recheck: these repositories planned again from fresh evidence, and held against the limits
/// of a run.
pub(super) async fn scan_and_plan_again(
    run: &Run,
    lock: &HeldLock,
    repositories: &[MatchedRepository],
) -> Result<Arc<SharedEvidence>, StepError> {
    let (listed, evidence) = scan_again(run, lock).await?;
    plan_all(run, &evidence, repositories, Some(lock)).await?;
    limit_listed(run, &evidence, &listed).await?;
    Ok(evidence)
}

async fn recheck_and_delete(
    run: &Run,
    lock: &HeldLock,
    repositories: Vec<MatchedRepository>,
) -> Result<Swept, StepError> {
    settle_asked(run, lock).await?;
    let evidence = scan_and_plan_again(run, lock, &repositories).await?;
    let ToDelete { images, first, then } = to_delete(run, repositories).await?;
    run.progress.start(Phase::DeleteImages, images);
    let sweeping = Sweeping { run, lock, evidence: Mutex::new(evidence) };
    let mut results = Vec::new();
    for repositories in [&first, &then] {
        // Without the lock each repository stops before its next batch: none is cut short in one.
        let some: Vec<Result<Swept, StepError>> = stream::iter(repositories)
            .map(|repository| sweeping.delete(repository))
            .buffer_unordered(run.sessions.concurrency())
            .collect()
            .await;
        results.extend(some);
    }
    let swept: Vec<Swept> = results.into_iter().collect::<Result<_, _>>()?;
    Ok(if swept.contains(&Swept::InPart) { Swept::InPart } else { Swept::Whole })
}

/// What the reviewed plans delete, where that could be planned again.
struct ToDelete {
    /// How many images.
    images: u64,
    /// Where nothing refers to images that go from other repositories.
    first: Vec<MatchedRepository>,
    /// Where something does: it goes after those.
    then: Vec<MatchedRepository>,
}

async fn to_delete(run: &Run, repositories: Vec<MatchedRepository>) -> Result<ToDelete, StepError> {
    let heads = stream::iter(repositories).map(async |repository| {
        if !attempt(run, Stage::Recheck, &repository.id()).await?.has_plan() {
            return Ok((repository, None));
        }
        let key = keys::plan(&run.id, Stage::Plan, &repository.id());
        Ok::<_, StepError>((repository, Some(run.read(&key.head()).await?)))
    });
    let to_delete = ToDelete { images: 0, first: Vec::new(), then: Vec::new() };
    heads
        .buffered(AT_ONCE)
        .try_fold(to_delete, async |mut to_delete, (repository, head)| {
            to_delete.images += head.as_ref().map_or(0, |head| head.plan.summary.delete);
            let awaits_others = head.is_some_and(|head| head.awaits_others());
            let of = if awaits_others { &mut to_delete.then } else { &mut to_delete.first };
            of.push(repository);
            Ok(to_delete)
        })
        .await
}

impl Sweeping<'_> {
    /// Deletes one repository's images. What stops it stops none of the others, but for the loss
    /// of the lock, and the wish of somebody. Evidence that gets too old on the way is seen again, and the repository planned
    /// again. Where somebody asks to stop, no batch is begun.
    async fn delete(&self, repository: &MatchedRepository) -> Result<Swept, StepError> {
        let Self { run, lock, .. } = *self;
        // Right after a scan one repository is planned alone, so a first round may be too late and
        // the second not.
        let mut gone_before = None;
        loop {
            if run.deadline.is_asked() {
                return Ok(Swept::InPart);
            }
            match delete_batch(run, lock, repository).await {
                Ok(Deletion::Done) => return Ok(Swept::Whole),
                Ok(Deletion::Unfinished { .. }) => return Ok(Swept::InPart),
                Err(lost @ (StepError::Conflict { .. } | StepError::Stopped { .. })) => {
                    return Err(lost);
                }
                Err(error) => {
                    let id = repository.id();
                    if !record_failure(run, &id, StepName::Delete, &error).await? {
                        return Err(error);
                    }
                }
            }
            let standing = standing(run, repository.clone()).await?;
            let standings = standing.into_iter().collect();
            let Some(round) = next_round(standings, gone_before) else {
                return Ok(Swept::Whole);
            };
            gone_before = Some(round.gone);
            self.plan_again(repository).await?;
        }
    }

    /// Plans again from fresh evidence, or writes down what stopped that.
    async fn plan_again(&self, repository: &MatchedRepository) -> Result<(), StepError> {
        let mut evidence = self.evidence.lock().await;
        match self.see_again(&mut evidence).await {
            Ok(()) => {
                plan_or_record(self.run, &evidence, repository).await?;
                settle_one(self.run, &evidence, repository).await
            }
            Err(lost @ (StepError::Conflict { .. } | StepError::Stopped { .. })) => Err(lost),
            Err(StepError::OutOfTime { .. }) if self.run.deadline.is_asked() => Ok(()),
            Err(error) => {
                record_failure(self.run, &repository.id(), StepName::Recheck, &error).await?;
                Ok(())
            }
        }
    }

    /// Scans again, unless another repository just had it done.
    async fn see_again(&self, evidence: &mut Arc<SharedEvidence>) -> Result<(), StepError> {
        let Self { run, lock, .. } = *self;
        if evidence.evidence_at() < run.policy.evidence_max_age.before(run.now()) {
            run.progress.note("the evidence is too old by now: usage is scanned again");
            (_, *evidence) = scan_again(run, lock).await?;
        }
        Ok(())
    }
}

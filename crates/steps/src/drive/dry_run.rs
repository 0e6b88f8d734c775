//! Planning: the part of a run in which there is no call that changes anything.

use std::sync::Arc;

use ecr_sweep_protocol::documents::{
    MatchedRepository, Repositories, RunId, RunSummary, Scopes, Stage, keys,
};
use futures::{StreamExt, TryStreamExt, stream, try_join};

use super::stopped::{end_unplanned, interrupted};
use crate::run::attempt::record_failure;
use crate::steps::list_repos::{Listed, ListedScopes, list, list_scopes};
use crate::steps::scan_usage::PLACES_AT_ONCE;
use crate::steps::{Indexed, index, limit_listed};
use crate::{
    Environment, HeldLock, JudgeRequest, Phase, Purpose, Run, RunOptions, SharedEvidence,
    StepError, judge, plan_repo, scan_usage,
};

/// Plans every repository that the policy takes, and says what would go and why. Nothing that is
/// called here changes anything in the registries.
pub async fn dry_run(
    environment: &Environment,
    run: &RunId,
    options: RunOptions,
) -> Result<RunSummary, StepError> {
    let run = Run::begin(environment, run, options, Purpose::Plan).await?;
    plan_and_judge(&run).await
}

/// Plans, and says how that ended, also where it stopped.
pub(super) async fn plan_and_judge(run: &Run) -> Result<RunSummary, StepError> {
    let planned = match plan(run).await {
        Ok(()) => judge(run, JudgeRequest::default()).await,
        Err(error) => Err(error),
    };
    match planned {
        Ok(summary) => Ok(summary),
        Err(error) => Err(end_unplanned(run, error).await),
    }
}

/// Lists, scans and plans.
async fn plan(run: &Run) -> Result<(), StepError> {
    let Listed { repositories: listed, scopes, .. } = list(run).await?;
    let evidence = scan_and_index(run, Stage::Plan, scopes, &listed, None).await?;
    plan_all(run, &evidence, &listed.repositories, None).await?;
    limit_listed(run, &evidence, &listed).await
}

/// Lists anew where usage is looked for, and scans and sorts all of it: what images are deleted by.
/// Gives the repositories of the run, too.
pub(super) async fn scan_again(
    run: &Run,
    lock: &HeldLock,
) -> Result<(Repositories, Arc<SharedEvidence>), StepError> {
    let stage = Stage::Recheck;
    let listed = keys::repositories(&run.id);
    let (listed, ListedScopes { scopes, .. }) =
        try_join!(run.read(&listed), list_scopes(run, stage))?;
    let evidence = scan_and_index(run, stage, scopes, &listed, Some(lock)).await?;
    Ok((listed, evidence))
}

/// Scans all usage and sorts it by repository. A lock that is held is kept alive.
pub(super) async fn scan_and_index(
    run: &Run,
    stage: Stage,
    scopes: Scopes,
    listed: &Repositories,
    lock: Option<&HeldLock>,
) -> Result<Arc<SharedEvidence>, StepError> {
    let phase = match stage {
        Stage::Plan => Phase::ScanUsage,
        Stage::Recheck => Phase::RescanUsage,
    };
    run.progress.start(phase, scopes.scopes.len() as u64);
    stream::iter(&scopes.scopes)
        .map(async |scope| {
            stop_if_asked(run)?;
            scan_usage(run, stage, scope).await?;
            run.progress.step(phase, 1);
            keep_alive(run, lock).await
        })
        .buffer_unordered(PLACES_AT_ONCE)
        .try_collect::<()>()
        .await?;
    let Indexed { coverage, digests } = index(run, stage, scopes, listed, 0).await?;
    Ok(Arc::new(SharedEvidence::of(run, stage, coverage, digests)?))
}

/// How many repositories are planned at once: enough that each API of a registry has its calls
/// under way while others are computed and stored, and as few as that takes, as each is in memory.
fn repositories_at_once(run: &Run) -> usize {
    2 * run.sessions.concurrency()
}

/// Plans every one of these repositories. One that cannot be is written down as failed, and stops
/// none of the others.
pub(super) async fn plan_all(
    run: &Run,
    evidence: &Arc<SharedEvidence>,
    repositories: &[MatchedRepository],
    lock: Option<&HeldLock>,
) -> Result<(), StepError> {
    let phase = match evidence.stage {
        Stage::Plan => Phase::PlanRepos,
        Stage::Recheck => Phase::ReplanRepos,
    };
    run.progress.start(phase, repositories.len() as u64);
    stream::iter(repositories)
        .map(async |repository| {
            if run.deadline.is_asked() {
                return Ok(());
            }
            plan_or_record(run, evidence, repository).await?;
            run.progress.step(phase, 1);
            keep_alive(run, lock).await
        })
        .buffer_unordered(repositories_at_once(run))
        .try_collect::<()>()
        .await?;
    stop_if_asked(run)
}

/// What is under way comes to its end first.
fn stop_if_asked(run: &Run) -> Result<(), StepError> {
    if run.deadline.is_asked() { Err(interrupted(run, false)) } else { Ok(()) }
}

/// Plans one repository, or writes down what stopped that.
pub(super) async fn plan_or_record(
    run: &Run,
    evidence: &SharedEvidence,
    repository: &MatchedRepository,
) -> Result<(), StepError> {
    match plan_repo(run, evidence, repository).await {
        Ok(()) => Ok(()),
        Err(StepError::OutOfTime { .. }) if run.deadline.is_asked() => Ok(()),
        Err(error) => {
            record_failure(run, &repository.id(), evidence.stage.into(), &error).await?;
            Ok(())
        }
    }
}

async fn keep_alive(run: &Run, lock: Option<&HeldLock>) -> Result<(), StepError> {
    match lock {
        Some(lock) => lock.renew(run).await,
        None => Ok(()),
    }
}

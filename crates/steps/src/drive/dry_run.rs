//! Planning: the part of a run in which there is no call that changes anything.

use std::sync::Arc;

use ecr_sweep_protocol::documents::{MatchedRepository, RunId, RunSummary, Scopes, Stage, keys};
use futures::{StreamExt, TryStreamExt, stream};

use crate::run::attempt::record_failure;
use crate::steps::list_repos::list_scopes;
use crate::steps::scan_usage::PLACES_AT_ONCE;
use crate::{
    Environment, HeldLock, JudgeRequest, Phase, Purpose, Run, RunOptions, SharedEvidence,
    StepError, index_usage, judge, limit_run, list_repos, plan_repo, scan_usage,
};

/// Plans every repository that the policy takes, and says what would go and why. Nothing that is
/// called here changes anything in the registries.
pub async fn dry_run(
    environment: &Environment,
    run: &RunId,
    options: RunOptions,
) -> Result<RunSummary, StepError> {
    let run = Run::begin(environment, run, options, Purpose::Plan).await?;
    plan(&run).await?;
    judge(&run, JudgeRequest::default()).await
}

/// Lists, scans and plans.
pub(super) async fn plan(run: &Run) -> Result<(), StepError> {
    list_repos(run).await?;
    let evidence = scan_and_index(run, Stage::Plan, None).await?;
    let matched = run.read(&keys::repositories(&run.id)).await?;
    plan_all(run, &evidence, matched.repositories, None).await?;
    limit_run(run, &evidence).await
}

/// Scans all usage and sorts it by repository. A lock that is held is kept alive. Where usage is
/// looked for is listed anew before images are deleted.
pub(super) async fn scan_and_index(
    run: &Run,
    stage: Stage,
    lock: Option<&HeldLock>,
) -> Result<Arc<SharedEvidence>, StepError> {
    if stage == Stage::Recheck {
        list_scopes(run, stage).await?;
    }
    let Scopes { scopes, .. } = run.read(&keys::scopes(&run.id, stage)).await?;
    let phase = match stage {
        Stage::Plan => Phase::ScanUsage,
        Stage::Recheck => Phase::RescanUsage,
    };
    run.progress.start(phase, scopes.len() as u64);
    stream::iter(scopes)
        .map(async |scope| {
            scan_usage(run, stage, &scope).await?;
            run.progress.step(phase, 1);
            keep_alive(run, lock).await
        })
        .buffer_unordered(PLACES_AT_ONCE)
        .try_collect::<()>()
        .await?;
    index_usage(run, stage).await?;
    Ok(Arc::new(SharedEvidence::read(run, stage).await?))
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
    repositories: Vec<MatchedRepository>,
    lock: Option<&HeldLock>,
) -> Result<(), StepError> {
    let phase = match evidence.stage {
        Stage::Plan => Phase::PlanRepos,
        Stage::Recheck => Phase::ReplanRepos,
    };
    run.progress.start(phase, repositories.len() as u64);
    stream::iter(repositories)
        .map(async |repository| {
            plan_or_record(run, evidence, &repository).await?;
            run.progress.step(phase, 1);
            keep_alive(run, lock).await
        })
        .buffer_unordered(repositories_at_once(run))
        .try_collect()
        .await
}

/// Plans one repository, or writes down what stopped that.
pub(super) async fn plan_or_record(
    run: &Run,
    evidence: &SharedEvidence,
    repository: &MatchedRepository,
) -> Result<(), StepError> {
    match plan_repo(run, evidence, repository).await {
        Ok(()) => Ok(()),
        Err(error) => record_failure(run, &repository.id(), evidence.stage.into(), &error).await,
    }
}

async fn keep_alive(run: &Run, lock: Option<&HeldLock>) -> Result<(), StepError> {
    match lock {
        Some(lock) => lock.renew(run).await,
        None => Ok(()),
    }
}

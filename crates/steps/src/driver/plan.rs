//! Planning: the part of a run in which there is no call that changes anything.

use std::sync::Arc;

use ecr_sweep_protocol::documents::{MatchedRepository, RunSummary, Scopes, Stage, keys};
use futures::{StreamExt, TryStreamExt, stream};

use super::RunOptions;
use crate::attempt::record_failure;
use crate::list_repos::list_scopes;
use crate::{
    Context, HeldLock, IndexUsageRequest, JudgeRequest, ListReposRequest, Phase, RunInputs,
    ScanUsageRequest, SharedEvidence, StepError, index_usage, judge, limit_run, list_repos,
    plan_repo, scan_usage,
};

/// Plans every repository that the policy takes, and says what would go and why. Nothing that is
/// called here changes anything in the registries.
pub async fn dry_run(ctx: &Context, options: RunOptions) -> Result<RunSummary, StepError> {
    let inputs = plan(ctx, options, true).await?;
    judge(ctx, &inputs, JudgeRequest::default()).await
}

/// Lists, scans and plans.
pub(super) async fn plan(
    ctx: &Context,
    options: RunOptions,
    dry_run: bool,
) -> Result<Arc<RunInputs>, StepError> {
    let RunOptions { policy_name, policy, repositories } = options;
    let request = ListReposRequest { policy_name, policy, dry_run, repositories };
    list_repos(ctx, request).await?;
    let inputs = Arc::new(RunInputs::read(ctx).await?);
    let evidence = see(ctx, &inputs, Stage::Plan, None).await?;
    let matched = ctx.read(&keys::repositories(&ctx.run)).await?;
    plan_all(ctx, &inputs, &evidence, matched.repositories, None).await?;
    limit_run(ctx, &inputs, &evidence).await?;
    Ok(inputs)
}

/// Scans all usage and sorts it by repository. A lock that is held is kept alive. Where usage is
/// looked for is listed anew before images are deleted.
pub(crate) async fn see(
    ctx: &Context,
    inputs: &Arc<RunInputs>,
    stage: Stage,
    lock: Option<&HeldLock>,
) -> Result<Arc<SharedEvidence>, StepError> {
    if stage == Stage::Recheck {
        list_scopes(ctx, inputs, stage).await?;
    }
    let Scopes { scopes, .. } = ctx.read(&keys::scopes(&ctx.run, stage)).await?;
    let phase = match stage {
        Stage::Plan => Phase::ScanUsage,
        Stage::Recheck => Phase::RescanUsage,
    };
    ctx.progress.start(phase, scopes.len() as u64);
    stream::iter(scopes)
        .map(async |scope| {
            scan_usage(ctx, inputs, &ScanUsageRequest { stage, scope }).await?;
            ctx.progress.step(phase, 1);
            keep_alive(ctx, lock).await
        })
        .buffer_unordered(ctx.sessions.concurrency())
        .try_collect::<()>()
        .await?;
    index_usage(ctx, inputs, IndexUsageRequest { stage }).await?;
    Ok(Arc::new(SharedEvidence::read(ctx, inputs, stage).await?))
}

/// Plans every one of these repositories. One that cannot be is written down as failed, and stops
/// none of the others.
pub(super) async fn plan_all(
    ctx: &Context,
    inputs: &Arc<RunInputs>,
    evidence: &Arc<SharedEvidence>,
    repositories: Vec<MatchedRepository>,
    lock: Option<&HeldLock>,
) -> Result<(), StepError> {
    let phase = match evidence.stage {
        Stage::Plan => Phase::PlanRepos,
        Stage::Recheck => Phase::ReplanRepos,
    };
    ctx.progress.start(phase, repositories.len() as u64);
    stream::iter(repositories)
        .map(async |repository| {
            plan_or_record(ctx, inputs, evidence, &repository).await?;
            ctx.progress.step(phase, 1);
            keep_alive(ctx, lock).await
        })
        .buffer_unordered(ctx.sessions.concurrency())
        .try_collect()
        .await
}

/// Plans one repository, or writes down what stopped that.
pub(super) async fn plan_or_record(
    ctx: &Context,
    inputs: &Arc<RunInputs>,
    evidence: &SharedEvidence,
    repository: &MatchedRepository,
) -> Result<(), StepError> {
    match plan_repo(ctx, inputs, evidence, repository).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let (place, name) = (repository.place(), &repository.repository);
            record_failure(ctx, &place, name, evidence.stage.into(), &error).await
        }
    }
}

async fn keep_alive(ctx: &Context, lock: Option<&HeldLock>) -> Result<(), StepError> {
    match lock {
        Some(lock) => lock.renew(ctx).await,
        None => Ok(()),
    }
}

//! Checking a stored plan again, without deleting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{
    BlockSummary, MatchedRepository, RepositoryFailure, RunSummary, Stage, StepName, StoredPlan,
    V1, keys,
};
use ecr_sweep_protocol::recheck::{KeptNow, Recheck, RecheckedRepository};

use super::delete::see_and_plan_again;
use crate::reviewed::with_deletions;
use crate::{Context, HeldLock, RunInputs, StepError};

/// Plans again what a stored plan deletes, from fresh evidence, and says what of it still holds.
/// Deletes nothing, and leaves the stored plan and its summary as they are.
///
/// It holds the lock meanwhile: a run that deletes reads the documents that are written here.
pub async fn recheck_planned(ctx: &Context) -> Result<Recheck, StepError> {
    let inputs = Arc::new(RunInputs::read(ctx).await?);
    let planned: RunSummary = ctx.read(&keys::summary(&ctx.run, Stage::Plan)).await?;
    let repositories = with_deletions(ctx, &inputs, &planned).await?;
    let checked_at = ctx.now();
    if !repositories.is_empty() {
        let lock = HeldLock::take(ctx).await?;
        let checked = see_and_plan_again(ctx, &inputs, &lock, repositories.clone()).await;
        let released = lock.release(ctx).await;
        checked?;
        released?;
    }
    let mut rechecked = Vec::new();
    for repository in &repositories {
        rechecked.push(compare(ctx, repository).await?);
    }
    Ok(Recheck { schema_version: V1, run: ctx.run.clone(), checked_at, repositories: rechecked })
}

async fn compare(
    ctx: &Context,
    matched: &MatchedRepository,
) -> Result<RecheckedRepository, StepError> {
    let (registry, name) = (matched.place(), &*matched.repository);
    let key = |stage| keys::plan(&ctx.run, stage, &registry, name);
    let first: StoredPlan = ctx.read(&key(Stage::Plan)).await?;
    let again: Option<StoredPlan> = ctx.find(&key(Stage::Recheck)).await?;
    let failure: Option<RepositoryFailure> =
        ctx.find(&keys::failure(&ctx.run, StepName::Recheck, &registry, name)).await?;
    // A failure that a later plan made up for is none.
    let failed =
        failure.filter(|it| again.as_ref().is_none_or(|again| again.planned_at < it.failed_at));
    let mut rechecked = RecheckedRepository {
        account: registry.account,
        region: registry.region,
        repository: name.into(),
        planned: first.plan.delete.len() as u64,
        still: 0,
        gone: 0,
        kept: Vec::new(),
        blocked: Vec::new(),
        failed,
    };
    let Some(again) = again.filter(|_| rechecked.failed.is_none()) else { return Ok(rechecked) };
    let still: BTreeSet<Digest> = again.plan.delete.iter().map(|it| it.digest).collect();
    let blocked: BTreeSet<Digest> =
        again.plan.blocked.iter().flat_map(|block| block.would_delete.iter().copied()).collect();
    let keep: BTreeMap<Digest, _> =
        again.plan.keep.iter().map(|kept| (kept.digest, &kept.reasons)).collect();
    let mut kept: BTreeMap<String, u64> = BTreeMap::new();
    for digest in first.plan.delete.iter().map(|it| it.digest) {
        if still.contains(&digest) {
            rechecked.still += 1;
        } else if let Some(reasons) = keep.get(&digest) {
            for reason in *reasons {
                *kept.entry(reason.code.to_string()).or_default() += 1;
            }
        } else if !blocked.contains(&digest) {
            rechecked.gone += 1;
        }
    }
    rechecked.kept =
        kept.into_iter().map(|(code, images)| KeptNow { code: code.into(), images }).collect();
    let blocked = again.plan.blocked.into_iter();
    rechecked.blocked =
        blocked.map(|block| BlockSummary { code: block.code, detail: block.detail }).collect();
    Ok(rechecked)
}

//! Checking a stored plan again, without deleting.

use std::sync::Arc;

use ecr_sweep_protocol::documents::{Stage, V1, keys};
use ecr_sweep_protocol::recheck::Recheck;

use super::delete::see_and_plan_again;
use crate::reviewed::with_deletions;
use crate::runs::compare_plans;
use crate::{Context, HeldLock, RunInputs, StepError};

/// Plans again what a stored plan deletes, from fresh evidence, and says what of it still holds.
/// Deletes nothing, and leaves the stored plan and its summary as they are.
///
/// It holds the lock meanwhile: a run that deletes reads the documents that are written here.
pub async fn recheck_planned(ctx: &Context) -> Result<Recheck, StepError> {
    let inputs = Arc::new(RunInputs::read(ctx).await?);
    let planned = ctx.read(&keys::summary(&ctx.run, Stage::Plan)).await?;
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
        let (registry, name) = (repository.place(), &repository.repository);
        rechecked.push(compare_plans(&*ctx.store, &ctx.run, &registry, name).await?);
    }
    Ok(Recheck { schema_version: V1, run: ctx.run.clone(), checked_at, repositories: rechecked })
}

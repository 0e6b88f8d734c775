//! The limits of a whole run, which no single repository can tell.

use ecr_sweep_core::{Limited, RepositoryPlan, Wave, apply_run_limits};
use ecr_sweep_protocol::documents::{Repositories, Stage, StoredPlan, StoredPlanHead, keys};

use crate::{Context, RunInputs, StepError};

/// Holds all plans of a stage together against the policy's limits of a whole run, and rewrites
/// those that they block or trim.
///
/// Where the limits hold, only the numbers of the plans are read; beyond them, what is deleted is
/// held in memory at once, but never what is kept.
pub async fn limit_run(ctx: &Context, inputs: &RunInputs, stage: Stage) -> Result<(), StepError> {
    let limits = &inputs.policy.limits;
    if limits.share.is_none() && limits.images.is_none() {
        return Ok(());
    }
    let repositories: Repositories = ctx.read(&keys::repositories(&ctx.run)).await?;
    let mut planned = Vec::new();
    let (mut images, mut deletions) = (0_u64, 0_u64);
    for repository in &repositories.repositories {
        let key = keys::plan(&ctx.run, stage, &repository.place(), &repository.repository);
        let Some(head) = ctx.find::<StoredPlanHead>(&key).await? else { continue };
        images += head.plan.summary.images;
        deletions += head.plan.summary.delete;
        planned.push(key);
    }
    if deletions <= limits.allowed_of(images) {
        return Ok(());
    }
    let mut plans: Vec<(RepositoryPlan, Vec<Wave>)> = Vec::new();
    for key in &planned {
        let StoredPlan { mut plan, waves, .. } = ctx.read(key).await?;
        plan.keep = Vec::new();
        plans.push((plan, waves));
    }
    let mut limited: Vec<Limited<'_>> =
        plans.iter_mut().map(|(plan, waves)| Limited { plan, waves }).collect();
    apply_run_limits(&mut limited, limits);
    for (key, (plan, waves)) in planned.iter().zip(plans) {
        let mut stored: StoredPlan = ctx.read(key).await?;
        if stored.plan.summary == plan.summary {
            continue;
        }
        let mut keep = std::mem::take(&mut stored.plan.keep);
        keep.extend(plan.keep);
        stored.plan = RepositoryPlan { keep, ..plan };
        stored.waves = waves;
        ctx.write(key, &stored).await?;
    }
    Ok(())
}

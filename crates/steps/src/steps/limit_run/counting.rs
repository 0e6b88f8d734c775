//! How much the plans of a stage delete together, and what of it is beyond a limit.

use ecr_sweep_core::{RepositoryPlan, Summary, Wave, held_beyond_limit};
use ecr_sweep_protocol::documents::{
    HeldImages, MatchedRepository, Repositories, Stage, StoredPlan, keys,
};
use futures::{StreamExt, TryStreamExt, stream, try_join};

use crate::run::attempt::attempt;
use crate::run::documents::AT_ONCE;
use crate::{Run, StepError};

/// What the plans of a stage have together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) images: u64,
    pub(super) deletions: u64,
}

pub(super) async fn count(
    run: &Run,
    stage: Stage,
    listed: &Repositories,
) -> Result<Counted, StepError> {
    stream::iter(&listed.repositories)
        .map(async |repository| count_one(run, stage, repository).await)
        .buffer_unordered(AT_ONCE)
        .try_fold(Counted::default(), async |counted, one| {
            Ok(Counted {
                images: counted.images + one.images,
                deletions: counted.deletions + one.deletions,
            })
        })
        .await
}

/// What has nothing to delete is not planned again, and its images are a part of the run all the
/// same.
async fn count_one(
    run: &Run,
    stage: Stage,
    matched: &MatchedRepository,
) -> Result<Counted, StepError> {
    if let Some(Summary { images, delete: deletions, .. }) = numbers(run, stage, matched).await? {
        return Ok(Counted { images, deletions });
    }
    let planned = match stage {
        Stage::Plan => None,
        Stage::Recheck => numbers(run, Stage::Plan, matched).await?,
    };
    Ok(Counted { images: planned.map_or(0, |planned| planned.images), deletions: 0 })
}

/// The numbers of a plan. None where there is none.
async fn numbers(
    run: &Run,
    stage: Stage,
    matched: &MatchedRepository,
) -> Result<Option<Summary>, StepError> {
    let id = matched.id();
    let key = keys::plan(&run.id, stage, &id).head();
    let (attempt, head) = try_join!(attempt(run, stage, &id), run.find(&key))?;
    if !attempt.has_plan() {
        return Ok(None);
    }
    let head = head.ok_or_else(|| run.missing(&key))?;
    Ok(Some(head.plan.summary))
}

/// What stays where only so many images may go, the oldest first.
pub(super) async fn held_beyond(
    run: &Run,
    stage: Stage,
    listed: &Repositories,
    allowed: u64,
) -> Result<Vec<HeldImages>, StepError> {
    let plans: Vec<(RepositoryPlan, Vec<Wave>)> = stream::iter(&listed.repositories)
        .map(async |repository| {
            let deletions = numbers(run, stage, repository).await?.map_or(0, |it| it.delete);
            if deletions == 0 {
                return Ok::<_, StepError>(None);
            }
            let StoredPlan { plan, waves, .. } =
                run.read(&keys::plan(&run.id, stage, &repository.id())).await?;
            Ok(Some((RepositoryPlan { keep: Vec::new(), ..plan }, waves)))
        })
        .buffered(AT_ONCE)
        .try_filter_map(async |plan| Ok(plan))
        .try_collect()
        .await?;
    let to_hold: Vec<_> = plans.iter().map(|(plan, waves)| (plan, waves.as_slice())).collect();
    let held = held_beyond_limit(&to_hold, allowed);
    let held = plans.into_iter().zip(held).filter(|(_, images)| !images.is_empty());
    Ok(held
        .map(|((plan, _), images)| HeldImages {
            account: plan.account,
            region: plan.region,
            repository: plan.repository,
            images,
        })
        .collect())
}

//! What no single repository can tell: what stays in the others, and the limits of a whole run.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::Limits;
use ecr_sweep_core::{
    Digest, RepositoryPlan, RunLimit, Summary, Wave, block_over_limit, run_limit,
};
use ecr_sweep_protocol::documents::{
    Key, MatchedRepository, PlanHead, Repositories, Stage, StoredPlan, keys,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::run::attempt::{attempt, store_plan};
use crate::run::documents::AT_ONCE;
use crate::steps::plan_repo::make_plan;
use crate::steps::settle::{KnownByRepository, MadeAgain, settle};
use crate::{Run, SharedEvidence, StepError};

/// A plan that counts for the run's limits.
struct Counted {
    /// The repository; none where its plan deletes nothing, and was not made again.
    repository: Option<MatchedRepository>,
    /// The plan without what it keeps.
    plan: RepositoryPlan,
    /// What it deletes, in an order that is safe.
    waves: Vec<Wave>,
}

/// Holds all plans of a stage together: what refers to an image that stays in another repository
/// stays, and the policy's limits of a whole run hold. Stores those plans again that are blocked, or
/// planned again with less to delete.
///
/// Where the limits hold, only the numbers of the plans are read; beyond them, what is deleted is
/// held in memory at once, but never what is kept.
pub async fn limit_run(run: &Run, evidence: &SharedEvidence) -> Result<(), StepError> {
    let mut known = KnownByRepository::new();
    settle(run, evidence, &mut known, MadeAgain::All).await?;
    let limits = &run.policy.limits;
    if limits.share.is_none() && limits.images.is_none() {
        return Ok(());
    }
    let (images, deletions) = count(run, evidence.stage).await?;
    if deletions <= limits.allowed_of(images) {
        return Ok(());
    }
    let plans = load(run, evidence.stage).await?;
    match limit(&plans, limits) {
        RunLimit::Within => return Ok(()),
        RunLimit::Block(detail) => return block(run, evidence.stage, plans, &detail).await,
        RunLimit::Hold(held) => {
            hold(run, evidence, plans, held, &mut known).await?;
            settle(run, evidence, &mut known, MadeAgain::Deleting).await?;
        }
    }
    // The registries do not stand still: what was planned again may delete more than before.
    let plans = load(run, evidence.stage).await?;
    match limit(&plans, limits) {
        RunLimit::Within => Ok(()),
        RunLimit::Block(_) | RunLimit::Hold(_) => {
            let detail = format!("the run's limit is {limits}, and images were changed meanwhile");
            block(run, evidence.stage, plans, &detail).await
        }
    }
}

fn limit(plans: &[Counted], limits: &Limits) -> RunLimit {
    let plans: Vec<_> = plans.iter().map(|it| (&it.plan, it.waves.as_slice())).collect();
    run_limit(&plans, limits)
}

/// How many images and deletions the plans have together.
async fn count(run: &Run, stage: Stage) -> Result<(u64, u64), StepError> {
    let Repositories { repositories, .. } = run.read(&keys::repositories(&run.id)).await?;
    stream::iter(repositories)
        .map(async |repository| head(run, stage, &repository).await)
        .buffer_unordered(AT_ONCE)
        .try_fold((0, 0), async |(images, deletions), head| {
            let Some((is_of_stage, head)) = head else { return Ok((images, deletions)) };
            let Summary { images: its, delete, .. } = head.summary;
            Ok((images + its, deletions + if is_of_stage { delete } else { 0 }))
        })
        .await
}

/// The numbers of a plan, and whether it is of this stage: what has nothing to delete is not
/// planned again, and is a part of the run all the same.
async fn head(
    run: &Run,
    stage: Stage,
    matched: &MatchedRepository,
) -> Result<Option<(bool, PlanHead)>, StepError> {
    for stage_of_plan in [stage, Stage::Plan] {
        let attempt = attempt(run, stage_of_plan, &matched.id()).await?;
        if attempt.has_plan() {
            let head = run.read(&key(run, stage_of_plan, matched).head()).await?;
            return Ok(Some((stage_of_plan == stage, head.plan)));
        }
    }
    Ok(None)
}

async fn load(run: &Run, stage: Stage) -> Result<Vec<Counted>, StepError> {
    let Repositories { repositories, .. } = run.read(&keys::repositories(&run.id)).await?;
    stream::iter(repositories)
        .map(|repository| load_one(run, stage, repository))
        .buffered(AT_ONCE)
        .try_filter_map(async |counted| Ok(counted))
        .try_collect()
        .await
}

async fn load_one(
    run: &Run,
    stage: Stage,
    repository: MatchedRepository,
) -> Result<Option<Counted>, StepError> {
    Ok(match head(run, stage, &repository).await? {
        None => None,
        Some((true, head)) if head.summary.delete > 0 => {
            let stored = run.read(&key(run, stage, &repository)).await?;
            let plan = RepositoryPlan { keep: Vec::new(), ..stored.plan };
            Some(Counted { repository: Some(repository), plan, waves: stored.waves })
        }
        Some((_, head)) => {
            Some(Counted { repository: None, plan: without_images(head), waves: Vec::new() })
        }
    })
}

fn key(run: &Run, stage: Stage, matched: &MatchedRepository) -> Key<StoredPlan> {
    keys::plan(&run.id, stage, &matched.id())
}

/// A plan that counts with its images, and deletes none.
fn without_images(head: PlanHead) -> RepositoryPlan {
    RepositoryPlan {
        account: head.account,
        region: head.region,
        repository: head.repository,
        summary: Summary { images: head.summary.images, ..Summary::default() },
        blocked: Vec::new(),
        delete: Vec::new(),
        keep: Vec::new(),
    }
}

async fn block(
    run: &Run,
    stage: Stage,
    plans: Vec<Counted>,
    detail: &str,
) -> Result<(), StepError> {
    stream::iter(plans.into_iter().filter_map(|it| it.repository))
        .map(async |repository| block_one(run, stage, &repository, detail).await)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn block_one(
    run: &Run,
    stage: Stage,
    repository: &MatchedRepository,
    detail: &str,
) -> Result<(), StepError> {
    let mut stored = run.read(&key(run, stage, repository)).await?;
    block_over_limit(&mut stored.plan, detail);
    stored.waves.clear();
    store_plan(run, stage, &repository.id(), stored).await
}

/// Plans those repositories again of which images are held. One that cannot be is blocked.
async fn hold(
    run: &Run,
    evidence: &SharedEvidence,
    plans: Vec<Counted>,
    held: Vec<BTreeSet<Digest>>,
    known: &mut KnownByRepository,
) -> Result<(), StepError> {
    let stage = evidence.stage;
    let mut to_plan = Vec::new();
    for (plan, held) in plans.into_iter().zip(held).filter(|(_, held)| !held.is_empty()) {
        let Some(repository) = plan.repository else { continue };
        let known = known.entry(repository.id()).or_default();
        known.held = held;
        to_plan.push((repository, known.clone()));
    }
    stream::iter(to_plan)
        .map(async |(repository, known)| match make_plan(run, evidence, &repository, known).await {
            Ok(made) => store_plan(run, stage, &repository.id(), made.plan).await,
            Err(error) => {
                let detail = format!(
                    "the run's limit is {}, and planning again within it failed: {}",
                    run.policy.limits,
                    error.in_full()
                );
                block_one(run, stage, &repository, &detail).await
            }
        })
        .buffer_unordered(run.sessions.concurrency())
        .try_collect()
        .await
}

//! Changing the plans of a run that is over its limits. What is done already is left as it is, so
//! whoever stopped half-way goes on where that was.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, RepositoryId, block_over_limit, sha256};
use ecr_sweep_protocol::documents::{MatchedRepository, Repositories, Stage, StoredPlan, keys};
use futures::{StreamExt, TryStreamExt, stream};

use super::KnownByRepository;
use crate::run::attempt::{attempt, store_plan};
use crate::run::documents::AT_ONCE;
use crate::steps::plan_repo::{Known, make_plan};
use crate::{Run, SharedEvidence, StepError};

/// So many repositories are gone through at least before the time is looked at.
const A_TURN: usize = 100;

/// Blocks every plan of a stage that deletes something.
pub(super) async fn block(
    run: &Run,
    stage: Stage,
    listed: &Repositories,
    detail: &str,
) -> Result<(), StepError> {
    // It comes after all that is held.
    let before = listed.repositories.len();
    in_turns(run, before, AT_ONCE, &listed.repositories, async |matched| {
        block_one(run, stage, &matched.id(), detail).await
    })
    .await
}

/// Does something with each of these, and ends early with [`StepError::OutOfTime`] once the time is up
/// and something was done: what it says was done already takes next to no time in the next call.
async fn in_turns<T>(
    run: &Run,
    before: usize,
    at_once: usize,
    all: &[T],
    act: impl AsyncFn(&T) -> Result<Done, StepError>,
) -> Result<(), StepError> {
    let mut is_any = false;
    for (turn, some) in all.chunks(A_TURN).enumerate() {
        if is_any && run.deadline.has_passed() {
            return Err(StepError::OutOfTime { steps: (before + turn * A_TURN) as u64 });
        }
        is_any |= stream::iter(some)
            .map(|one| act(one))
            .buffer_unordered(at_once)
            .try_fold(false, async |is_any, done| Ok(is_any || done == Done::Now))
            .await?;
    }
    Ok(())
}

/// When something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Before,
    Now,
}

/// Stores a plan blocked, and once more where that was done and it was not yet what the last attempt
/// made.
async fn block_one(
    run: &Run,
    stage: Stage,
    repository: &RepositoryId,
    detail: &str,
) -> Result<Done, StepError> {
    let attempt = attempt(run, stage, repository).await?;
    if !attempt.has_plan() {
        return Ok(Done::Before);
    }
    let key = keys::plan(&run.id, stage, repository);
    let stored = run.store.get(&key).await?.ok_or_else(|| run.missing(&key))?;
    let head = run.parse(&key.head(), &stored.bytes)?;
    if head.plan.summary.delete == 0 && attempt.is_of(sha256(&stored.bytes)) {
        return Ok(Done::Before);
    }
    let mut plan: StoredPlan = run.parse(&key, &stored.bytes)?;
    block_over_limit(&mut plan.plan, detail);
    plan.waves.clear();
    store_plan(run, stage, repository, plan).await?;
    Ok(Done::Now)
}

/// Plans those repositories again of which images are held. One that cannot be is blocked.
pub(super) async fn hold(
    run: &Run,
    evidence: &SharedEvidence,
    listed: &Repositories,
    known: &KnownByRepository,
) -> Result<(), StepError> {
    let holding: Vec<_> = listed
        .repositories
        .iter()
        .filter_map(|matched| {
            let known = known.get(&matched.id()).filter(|known| !known.held.is_empty())?;
            Some((matched, known))
        })
        .collect();
    let at_once = run.sessions.concurrency();
    in_turns(run, 0, at_once, &holding, async |(matched, known)| {
        hold_one(run, evidence, matched, known).await
    })
    .await
}

async fn hold_one(
    run: &Run,
    evidence: &SharedEvidence,
    matched: &MatchedRepository,
    known: &Known,
) -> Result<Done, StepError> {
    let (stage, id) = (evidence.stage, matched.id());
    if is_held(run, stage, &id, &known.held).await? {
        return Ok(Done::Before);
    }
    match make_plan(run, evidence, matched, known.clone()).await {
        Ok(made) => store_plan(run, stage, &id, made.plan).await?,
        Err(error) => {
            let detail = format!(
                "the run's limit is {}, and planning again within it failed: {}",
                run.policy.limits,
                error.in_full()
            );
            block_one(run, stage, &id, &detail).await?;
        }
    }
    Ok(Done::Now)
}

/// Whether a repository was planned again with these images held, or cannot be deleted from at all.
async fn is_held(
    run: &Run,
    stage: Stage,
    repository: &RepositoryId,
    held: &BTreeSet<Digest>,
) -> Result<bool, StepError> {
    let attempt = attempt(run, stage, repository).await?;
    if !attempt.has_plan() {
        return Ok(true);
    }
    let key = keys::plan(&run.id, stage, repository);
    let stored = run.store.get_held(&key).await?.ok_or_else(|| run.missing(&key))?;
    let StoredPlan { plan, .. } = run.parse(&key, &stored.bytes)?;
    let deletes_any = plan.delete.iter().any(|deletion| held.contains(&deletion.digest));
    Ok(!deletes_any && attempt.is_of(sha256(&stored.bytes)))
}

//! Changing the plans of a run that is over its limits. What is done already is left as it is, so
//! whoever stopped half-way goes on where that was.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, RepositoryId, block_over_limit, sha256};
use ecr_sweep_protocol::documents::{Repositories, Stage, StoredPlan, keys};
use futures::{StreamExt, TryStreamExt, stream};

use super::KnownByRepository;
use crate::run::attempt::{attempt, store_plan};
use crate::run::documents::AT_ONCE;
use crate::steps::plan_repo::make_plan;
use crate::{Run, SharedEvidence, StepError};

/// Blocks every plan of a stage that deletes something.
pub(super) async fn block(
    run: &Run,
    stage: Stage,
    listed: &Repositories,
    detail: &str,
) -> Result<(), StepError> {
    stream::iter(&listed.repositories)
        .map(async |repository| block_one(run, stage, &repository.id(), detail).await)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Stores a plan blocked, and once more where that was done and it was not yet what the last attempt
/// made.
async fn block_one(
    run: &Run,
    stage: Stage,
    repository: &RepositoryId,
    detail: &str,
) -> Result<(), StepError> {
    let attempt = attempt(run, stage, repository).await?;
    if !attempt.has_plan() {
        return Ok(());
    }
    let key = keys::plan(&run.id, stage, repository);
    let stored = run.store.get(&key).await?.ok_or_else(|| run.missing(&key))?;
    let head = run.parse(&key.head(), &stored.bytes)?;
    if head.plan.summary.delete == 0 && attempt.is_of(sha256(&stored.bytes)) {
        return Ok(());
    }
    let mut plan: StoredPlan = run.parse(&key, &stored.bytes)?;
    block_over_limit(&mut plan.plan, detail);
    plan.waves.clear();
    store_plan(run, stage, repository, plan).await
}

/// Plans those repositories again of which images are held. One that cannot be is blocked.
pub(super) async fn hold(
    run: &Run,
    evidence: &SharedEvidence,
    listed: &Repositories,
    known: &KnownByRepository,
) -> Result<(), StepError> {
    let stage = evidence.stage;
    let holding = listed.repositories.iter().filter_map(|matched| {
        let id = matched.id();
        let known = known.get(&id).filter(|known| !known.held.is_empty())?;
        Some((matched, id, known))
    });
    stream::iter(holding)
        .map(async |(matched, id, known)| {
            if is_held(run, stage, &id, &known.held).await? {
                return Ok(());
            }
            match make_plan(run, evidence, matched, known.clone()).await {
                Ok(made) => store_plan(run, stage, &id, made.plan).await,
                Err(error) => {
                    let detail = format!(
                        "the run's limit is {}, and planning again within it failed: {}",
                        run.policy.limits,
                        error.in_full()
                    );
                    block_one(run, stage, &id, &detail).await
                }
            }
        })
        .buffer_unordered(run.sessions.concurrency())
        .try_collect()
        .await
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
    let stored = run.store.get(&key).await?.ok_or_else(|| run.missing(&key))?;
    let StoredPlan { plan, .. } = run.parse(&key, &stored.bytes)?;
    let deletes_any = plan.delete.iter().any(|deletion| held.contains(&deletion.digest));
    Ok(!deletes_any && attempt.is_of(sha256(&stored.bytes)))
}

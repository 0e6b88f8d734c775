//! What of a stored plan still holds, from what planning it again has stored.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_core::{Digest, RepositoryId};
use ecr_sweep_protocol::documents::{
    BlockSummary, RepositoryFailure, RepositorySummary, RunId, Stage, StoredPlan, V1, keys,
};
use ecr_sweep_protocol::recheck::{KeptNow, Recheck, RecheckedRepository};
use futures::{StreamExt, TryStreamExt, stream};

use crate::StepError;
use crate::run::attempt::find_attempt;
use crate::run::documents::{AT_ONCE, find_document};

/// The last recheck of a run's plan, if there was one.
pub async fn read_recheck(store: &dyn RunStore, run: &RunId) -> Result<Option<Recheck>, StepError> {
    let Some(summary) = find_document(store, &keys::summary(run, Stage::Recheck)).await? else {
        return Ok(None);
    };
    let planned = summary.repositories.iter().map(RepositorySummary::id);
    let failed = summary.failed.iter().map(RepositoryFailure::id);
    let ids: BTreeSet<RepositoryId> = planned.chain(failed).collect();
    let repositories = compare_all_plans(store, run, Vec::from_iter(ids)).await?;
    let checked_at = summary.ended_at;
    Ok(Some(Recheck { schema_version: V1, run: run.clone(), checked_at, repositories }))
}

/// What of the plans of these repositories still holds.
pub(crate) async fn compare_all_plans(
    store: &dyn RunStore,
    run: &RunId,
    repositories: Vec<RepositoryId>,
) -> Result<Vec<RecheckedRepository>, StepError> {
    stream::iter(repositories)
        .map(async |repository| compare_plans(store, run, &repository).await)
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// What of one repository's plan still holds.
async fn compare_plans(
    store: &dyn RunStore,
    run: &RunId,
    repository: &RepositoryId,
) -> Result<RecheckedRepository, StepError> {
    let plan = async |stage| -> Result<StoredPlan, StepError> {
        let key = keys::plan(run, stage, repository);
        let missing = || StepError::Missing { run: run.clone(), address: store.address(&key) };
        find_document(store, &key).await?.ok_or_else(missing)
    };
    let first = plan(Stage::Plan).await?;
    let attempt = find_attempt(store, run, Stage::Recheck, repository).await?;
    let again = if attempt.has_plan() { Some(plan(Stage::Recheck).await?) } else { None };
    let failed = attempt.failure().filter(|_| again.is_none());
    let mut rechecked = RecheckedRepository {
        account: repository.registry.account.clone(),
        region: repository.registry.region.clone(),
        repository: repository.name.clone(),
        planned: first.plan.delete.len() as u64,
        still: 0,
        gone: 0,
        kept: Vec::new(),
        blocked: Vec::new(),
        failed,
    };
    let Some(again) = again else { return Ok(rechecked) };
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
    rechecked.blocked = again.plan.blocked.iter().map(BlockSummary::from).collect();
    Ok(rechecked)
}

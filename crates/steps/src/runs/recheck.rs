//! What of a stored plan still holds, from what planning it again has stored.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_core::{Digest, Place};
use ecr_sweep_protocol::documents::{BlockSummary, RunId, Stage, StoredPlan, V1, keys};
use ecr_sweep_protocol::recheck::{KeptNow, Recheck, RecheckedRepository};

use crate::StepError;
use crate::attempt::find_attempt;
use crate::documents::find_document;

/// The last recheck of a run's plan, if there was one.
pub async fn read_recheck(store: &dyn RunStore, run: &RunId) -> Result<Option<Recheck>, StepError> {
    let Some(summary) = find_document(store, &keys::summary(run, Stage::Recheck)).await? else {
        return Ok(None);
    };
    let planned = summary.repositories.iter().map(|it| (&it.account, &it.region, &it.repository));
    let failed = summary.failed.iter().map(|it| (&it.account, &it.region, &it.repository));
    let names: BTreeSet<_> = planned.chain(failed).collect();
    let mut repositories = Vec::with_capacity(names.len());
    for (account, region, name) in names {
        let registry = Place { account: account.clone(), region: region.clone() };
        repositories.push(compare_plans(store, run, &registry, name).await?);
    }
    let checked_at = summary.ended_at;
    Ok(Some(Recheck { schema_version: V1, run: run.clone(), checked_at, repositories }))
}

/// What of one repository's plan still holds.
pub(crate) async fn compare_plans(
    store: &dyn RunStore,
    run: &RunId,
    registry: &Place,
    name: &str,
) -> Result<RecheckedRepository, StepError> {
    let plan = async |stage| -> Result<StoredPlan, StepError> {
        let key = keys::plan(run, stage, registry, name);
        let missing = || StepError::Missing { run: run.clone(), address: store.address(&key) };
        find_document(store, &key).await?.ok_or_else(missing)
    };
    let first = plan(Stage::Plan).await?;
    let attempt = find_attempt(store, run, Stage::Recheck, registry, name).await?;
    let again = if attempt.has_plan() { Some(plan(Stage::Recheck).await?) } else { None };
    let failed = attempt.failure().filter(|_| again.is_none());
    let mut rechecked = RecheckedRepository {
        account: registry.account.clone(),
        region: registry.region.clone(),
        repository: name.into(),
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

//! How one run stands, from what it has stored.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{
    Lock, OutcomeCounts, RepositorySummary, RunId, RunRequest, RunSummary, RunSummaryHead, Stage,
    keys,
};
use ecr_sweep_protocol::runs::{RunRow, RunState};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::run::documents::{AT_ONCE, find_document};
use crate::steps::delete_batch::{PlannedDeletions, count};
use crate::{StepError, find_receipts};

/// A run that has given the lock back has its end stored within this time.
const ENDING: SignedDuration = SignedDuration::from_mins(5);

/// How a run stands now, if there is one of this name.
pub async fn read_run(
    store: &dyn RunStore,
    run: &RunId,
    now: Timestamp,
) -> Result<Option<RunRow>, StepError> {
    let Some(request) = find_document(store, &keys::request(run)).await? else {
        return Ok(None);
    };
    let lock = find_document(store, &keys::LOCK).await?;
    row(store, &request, lock.as_ref(), now).await.map(Some)
}

/// How the run stands of which this is the request.
pub(super) async fn row(
    store: &dyn RunStore,
    request: &RunRequest,
    lock: Option<&Lock>,
    now: Timestamp,
) -> Result<RunRow, StepError> {
    let summary = find_document(store, &keys::summary(&request.run, Stage::Plan).head()).await?;
    let lock = lock.filter(|lock| lock.run == request.run);
    let state = state(store, request, summary.as_ref(), lock, now).await?;
    let ended = summary.as_ref().filter(|_| state == RunState::Ended);
    let mut totals = summary.as_ref().map(|summary| summary.totals).unwrap_or_default();
    if matches!(state, RunState::Deleting | RunState::Stopped) {
        totals.outcomes = outcomes(store, &request.run).await?;
    }
    Ok(RunRow {
        run: request.run.clone(),
        started_at: request.started_at,
        // A reviewed dry run may have been deleted later.
        dry_run: summary.as_ref().map_or(request.dry_run, |it| request.dry_run && it.dry_run)
            && !matches!(state, RunState::Deleting | RunState::Stopped),
        state,
        ending: ended.map(|summary| summary.ending),
        stopped: ended.and_then(|summary| summary.stopped.clone()),
        ended_at: ended.map(|summary| summary.ended_at),
        totals,
    })
}

/// A run that is to delete writes its summary twice: when it has planned, and at its end. In between
/// it has the lock, and receipts from its first batch on; nobody keeps the lock of one that was
/// killed.
async fn state(
    store: &dyn RunStore,
    request: &RunRequest,
    summary: Option<&RunSummaryHead>,
    lock: Option<&Lock>,
    now: Timestamp,
) -> Result<RunState, StepError> {
    let Some(summary) = summary else { return Ok(RunState::Planning) };
    if lock.is_some_and(|lock| lock.is_held(now)) {
        return Ok(RunState::Deleting);
    }
    let is_kept_no_more = lock.is_some_and(|lock| lock.released_at.is_none());
    if !summary.dry_run && !is_kept_no_more {
        return Ok(RunState::Ended);
    }
    if is_kept_no_more || has_receipts(store, &request.run).await? {
        let released_at = lock.and_then(|lock| lock.released_at);
        let is_ending = released_at.is_some_and(|at| now.duration_since(at) < ENDING);
        return Ok(if is_ending { RunState::Deleting } else { RunState::Stopped });
    }
    Ok(if request.dry_run { RunState::Ended } else { RunState::Planned })
}

/// Whether anything was asked for, or entered.
async fn has_receipts(store: &dyn RunStore, run: &RunId) -> Result<bool, StepError> {
    for folder in ["batches", "receipts"] {
        if !store.list(&format!("{}{folder}/", keys::run(run))).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What became of the images that the run has planned to delete, by its receipts.
async fn outcomes(store: &dyn RunStore, run: &RunId) -> Result<OutcomeCounts, StepError> {
    let summary: Option<RunSummary> =
        find_document(store, &keys::summary(run, Stage::Plan)).await?;
    let planned = summary.into_iter().flat_map(|summary| summary.repositories);
    stream::iter(planned.filter(|it| it.plan.delete > 0))
        .map(|repository| outcomes_in(store, run, repository))
        .buffer_unordered(AT_ONCE)
        .try_fold(OutcomeCounts::default(), async |mut all, one| {
            all += one;
            Ok(all)
        })
        .await
}

async fn outcomes_in(
    store: &dyn RunStore,
    run: &RunId,
    repository: RepositorySummary,
) -> Result<OutcomeCounts, StepError> {
    let id = repository.id();
    let none = OutcomeCounts { not_asked: repository.plan.delete, ..OutcomeCounts::default() };
    let Some(receipts) = find_receipts(store, run, &id).await? else { return Ok(none) };
    let plan = find_document(store, &keys::plan(run, Stage::Plan, &id)).await?;
    Ok(plan.map_or(none, |plan| count(&receipts, &PlannedDeletions::from(&plan))))
}

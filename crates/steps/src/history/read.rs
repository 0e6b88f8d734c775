//! How one run stands, from what it has stored.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{Lock, RunId, RunRequest, RunSummaryHead, Stage, keys};
use ecr_sweep_protocol::runs::{RunRow, RunState};

use crate::StepError;
use crate::run::documents::find_document;

/// How a run stands, if there is one of this name.
pub async fn read_run(store: &dyn RunStore, run: &RunId) -> Result<Option<RunRow>, StepError> {
    let Some(request) = find_document(store, &keys::request(run)).await? else {
        return Ok(None);
    };
    let lock = find_document(store, &keys::LOCK).await?;
    row(store, &request, lock.as_ref()).await.map(Some)
}

/// How the run stands of which this is the request.
pub(super) async fn row(
    store: &dyn RunStore,
    request: &RunRequest,
    lock: Option<&Lock>,
) -> Result<RunRow, StepError> {
    let summary = find_document(store, &keys::summary(&request.run, Stage::Plan).head()).await?;
    // Not given back, its time may be over: then the run was stopped, and is not over either.
    let is_deleting =
        lock.is_some_and(|lock| lock.run == request.run && lock.released_at.is_none());
    let state = state(request, summary.as_ref(), is_deleting);
    let ended = summary.as_ref().filter(|_| state == RunState::Ended);
    let totals = summary.as_ref().map(|summary| summary.totals).unwrap_or_default();
    Ok(RunRow {
        run: request.run.clone(),
        started_at: request.started_at,
        // A reviewed dry run may have been deleted later.
        dry_run: summary.as_ref().map_or(request.dry_run, |it| request.dry_run && it.dry_run),
        state,
        ending: ended.map(|summary| summary.ending),
        ended_at: ended.map(|summary| summary.ended_at),
        totals,
    })
}

/// A run that is to delete writes its summary twice: when it has planned, and at its end.
fn state(request: &RunRequest, summary: Option<&RunSummaryHead>, is_deleting: bool) -> RunState {
    match summary {
        None => RunState::Planning,
        Some(_) if is_deleting => RunState::Deleting,
        Some(summary) if summary.dry_run && !request.dry_run => RunState::Planned,
        Some(_) => RunState::Ended,
    }
}

//! Runs that stop early: what stopped them is told, and stored as far as anything can be.

use ecr_sweep_core::{CoverageDefault, OffRow};
use ecr_sweep_protocol::documents::{RunSummary, RunTotals, Stage, V1, keys};

use crate::{Run, StepError};

/// What stopped a run: where somebody asked for it, that is what counts.
pub(super) fn told(run: &Run, error: StepError, is_planned: bool) -> StepError {
    match error {
        StepError::OutOfTime { .. } if run.deadline.is_asked() => interrupted(run, is_planned),
        error => error,
    }
}

pub(super) fn interrupted(run: &Run, is_planned: bool) -> StepError {
    StepError::Interrupted { run: run.id.clone(), is_planned }
}

/// Ends a run that stopped before it had planned: stores that it did, unless a summary is there.
/// Gives what stopped it.
pub(crate) async fn end_unplanned(run: &Run, error: StepError) -> StepError {
    let error = told(run, error, false);
    let summary = RunSummary {
        schema_version: V1,
        run: run.id.clone(),
        ending: error.ending(),
        stopped: Some(error.in_full().into()),
        dry_run: run.request.dry_run,
        started_at: run.request.started_at,
        ended_at: run.now(),
        totals: RunTotals::default(),
        coverage_default: CoverageDefault::Failed,
        coverage_default_reason: Some("the run stopped before everything was scanned".into()),
        coverage_default_remedies: Vec::new(),
        coverage_default_sources: Some(Vec::new()),
        incomplete: Vec::new(),
        failed: Vec::new(),
        unread_registries: Vec::new(),
        warnings: Vec::new(),
        findings: None,
        goes_on: Vec::new(),
        untouched: Vec::new(),
        off: OffRow::all(&run.policy.scope),
        saves: None,
        saved: None,
        repositories: Vec::new(),
    };
    if let Err(not_stored) = run.write_new(&keys::summary(&run.id, Stage::Plan), &summary).await {
        // What stopped the run may have taken the store with it.
        tracing::warn!(run = %run.id, error = %not_stored, "cannot store that the run stopped");
    }
    error
}

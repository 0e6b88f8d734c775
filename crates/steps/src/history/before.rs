//! The run before another.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{RunId, RunSummary, Stage, keys};

use super::report::past_runs;
use crate::StepError;
use crate::run::documents::find_document;

/// The summary of the last run before this one that planned all that its policy took. None where there
/// is none, and where this run was asked for some repositories alone: it compares to nothing.
pub(crate) async fn run_before(
    store: &dyn RunStore,
    this: &RunId,
) -> Result<Option<RunSummary>, StepError> {
    let past = past_runs(store, this, 2).await?;
    let is_whole = past.iter().any(|it| it.run == *this);
    let Some(before) = past.into_iter().rev().find(|it| is_whole && it.run != *this) else {
        return Ok(None);
    };
    find_document(store, &keys::summary(&before.run, Stage::Plan)).await
}

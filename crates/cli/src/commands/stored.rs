//! What a live run has stored, as the document that offline plans are.

use ecr_sweep_core::RepositoryPlan;
use ecr_sweep_protocol::documents::{RunSummary, Stage, StoredPlan, keys};
use ecr_sweep_protocol::{Besides, PlanDocument};
use ecr_sweep_steps::{Environment, StepError};

use super::live::Live;
use crate::failure::Failure;

/// The plan of a run as the same document that is planned offline.
pub fn document(live: &Live, summary: &RunSummary) -> Result<PlanDocument, Failure> {
    let plans = live.run(plans(&live.environment, summary))?;
    let RunSummary { saves, untouched, off, warnings, .. } = summary.clone();
    Ok(PlanDocument::new(summary.started_at, plans, Besides { saves, untouched, off, warnings }))
}

/// The plans that a run has stored.
pub async fn plans(
    environment: &Environment,
    summary: &RunSummary,
) -> Result<Vec<RepositoryPlan>, StepError> {
    let mut plans = Vec::new();
    for it in &summary.repositories {
        let key = keys::plan(&summary.run, Stage::Plan, &it.id());
        let stored: StoredPlan = environment.read_of(&summary.run, &key).await?;
        plans.push(stored.plan);
    }
    Ok(plans)
}

//! What a live run has stored, in the form that is shown.

use ecr_sweep_core::{CoverageDefault, CoverageRow, Gap, Place, RepositoryPlan, Source};
use ecr_sweep_protocol::PlanDocument;
use ecr_sweep_protocol::documents::{RunSummary, Stage, StoredPlan, keys};
use ecr_sweep_steps::{Context, StepError};

use super::live::Live;
use crate::failure::Failure;
use crate::render::table::{Line, PlanView};

/// The plan of a run as the same document that is planned offline.
pub fn document(live: &Live, summary: &RunSummary) -> Result<PlanDocument, Failure> {
    let plans = live.run(plans(&live.ctx, summary))?;
    Ok(PlanDocument::new(summary.started_at, plans, summary.warnings.clone()))
}

/// The plan of a run as text, with every image of these plans that goes.
pub fn in_lines(summary: &RunSummary, details: Option<&[RepositoryPlan]>) -> String {
    PlanView {
        now: summary.started_at,
        lines: summary.repositories.iter().map(Line::from).collect(),
        details,
        gaps: &gaps(summary),
        failed: &summary.failed,
        warnings: &summary.warnings,
    }
    .to_string()
}

/// The plans that a run has stored.
pub async fn plans(ctx: &Context, summary: &RunSummary) -> Result<Vec<RepositoryPlan>, StepError> {
    let mut plans = Vec::new();
    for it in &summary.repositories {
        let registry = Place { account: it.account.clone(), region: it.region.clone() };
        let key = keys::plan(&ctx.run, Stage::Plan, &registry, &it.repository);
        let stored: StoredPlan = ctx.read(&key).await?;
        plans.push(stored.plan);
    }
    Ok(plans)
}

/// What a run did not see.
pub fn gaps(summary: &RunSummary) -> Vec<Gap> {
    let everywhere = Source::ALL
        .into_iter()
        .filter(|_| summary.coverage_default == CoverageDefault::Failed)
        .map(|source| Gap {
            place: None,
            source,
            reason: summary.coverage_default_reason.clone().unwrap_or_else(|| UNTOLD.into()),
        });
    everywhere.chain(summary.incomplete.iter().map(gap)).collect()
}

/// A source of one place that was not seen whole.
pub fn gap(row: &CoverageRow) -> Gap {
    Gap {
        place: Some(row.place()),
        source: row.source,
        reason: row.reason.clone().unwrap_or_else(|| UNTOLD.into()),
    }
}

const UNTOLD: &str = "no reason given";

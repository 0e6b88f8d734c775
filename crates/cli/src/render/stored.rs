//! The plan of a run, from its summary.

use ecr_sweep_core::{CoverageDefault, CoverageRow, Gap, RepositoryPlan, Source};
use ecr_sweep_protocol::documents::RunSummary;

use super::table::{Line, PlanView};

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

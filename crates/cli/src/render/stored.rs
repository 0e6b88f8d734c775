//! The plan of a run, from its summary.

use ecr_sweep_core::RepositoryPlan;
use ecr_sweep_protocol::documents::RunSummary;

use super::plain;
use super::table::{Line, PlanView};

/// The plan of a run as text, with every image of these plans that goes.
pub fn in_lines(summary: &RunSummary, details: Option<&[RepositoryPlan]>) -> String {
    let summary = &plain::document(summary.clone());
    let details: Option<Vec<RepositoryPlan>> =
        details.map(|plans| plans.iter().cloned().map(plain::document).collect());
    PlanView {
        now: summary.started_at,
        lines: summary.repositories.iter().map(Line::from).collect(),
        details: details.as_deref(),
        gaps: &summary.gaps(),
        failed: &summary.failed,
        findings: summary.findings.as_ref(),
        warnings: &summary.warnings,
    }
    .to_string()
}

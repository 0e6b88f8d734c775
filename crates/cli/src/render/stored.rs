//! The plan of a run, from its summary.

use std::fmt::Write as _;

use ecr_sweep_core::RepositoryPlan;
use ecr_sweep_protocol::documents::{RunSummary, ToVault};

use super::table::{Line, PlanView};
use super::{Bytes, plain};

/// The plan of a run as text, with every image of these plans that goes.
pub fn in_lines(summary: &RunSummary, details: Option<&[RepositoryPlan]>) -> String {
    let summary = &plain::document(summary.clone());
    let details: Option<Vec<RepositoryPlan>> =
        details.map(|plans| plans.iter().cloned().map(plain::document).collect());
    let plan = PlanView {
        now: summary.started_at,
        lines: summary.repositories.iter().map(Line::from).collect(),
        details: details.as_deref(),
        gaps: &summary.gaps(),
        failed: &summary.failed,
        findings: summary.findings.as_ref(),
        warnings: &summary.warnings,
    }
    .to_string();
    format!("{plan}{}", vault(summary))
}

/// What has to be copied before it goes.
fn vault(summary: &RunSummary) -> String {
    let mut lines = String::new();
    for (repository, to_vault) in
        summary.repositories.iter().filter_map(|it| Some((it, it.to_vault.as_ref()?)))
    {
        let ToVault { at_most_bytes, undo_for, storage_class } = to_vault;
        // Writing to a text cannot fail.
        let _ = writeln!(
            lines,
            "\n{}: up to {} are copied to the vault first, for {undo_for} ({storage_class} in a bucket)",
            repository.repository,
            Bytes(*at_most_bytes)
        );
    }
    lines
}

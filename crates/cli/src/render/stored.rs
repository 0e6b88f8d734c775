//! The plan of a run, from its summary.

use std::fmt;

use ecr_sweep_core::RepositoryPlan;
use ecr_sweep_core::policy::Dollars;
use ecr_sweep_protocol::documents::{RepositorySummary, RunSummary, ToVault};

use super::styles::KEEP;
use super::table::{Line, PlanView, Sort, full_name, is_only_registry};
use super::{Bytes, notes, plain};
use crate::args::DetailArguments;

/// The plan of a run, with every image of some plans that goes.
pub struct StoredView {
    summary: RunSummary,
    details: Option<Vec<RepositoryPlan>>,
    sort: Sort,
    all: bool,
}

impl StoredView {
    /// The plan of a run, and these plans with all that they delete.
    pub fn new(
        summary: &RunSummary,
        details: Option<&[RepositoryPlan]>,
        DetailArguments { sort, all, .. }: DetailArguments,
    ) -> Self {
        let details = details.map(|plans| plans.iter().cloned().map(plain::document).collect());
        Self { summary: plain::document(summary.clone()), details, sort, all }
    }
}

impl fmt::Display for StoredView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { summary, details, sort, all } = self;
        let plan = PlanView {
            now: summary.started_at,
            lines: summary.repositories.iter().map(Line::from).collect(),
            sort: *sort,
            all: *all,
            details: details.as_deref(),
            gaps: &summary.gaps(),
            failed: &summary.failed,
            saves: summary.saves.as_ref(),
            findings: summary.findings.as_ref(),
            warnings: &summary.warnings,
            vaulted: Some(summary),
            untouched: &summary.untouched,
            off: &summary.off,
        };
        fmt::Display::fmt(&plan, f)
    }
}

/// What has to be copied before it goes, and what the copies cost in a bucket.
pub struct Vaulted<'a>(pub &'a RunSummary);

impl fmt::Display for Vaulted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_only = is_only_registry(self.0.repositories.iter().map(RepositorySummary::id));
        let of = |it: &RepositorySummary| {
            let ToVault { at_most_bytes, undo_for, storage_class, at_most_cents } =
                it.to_vault.as_ref()?;
            let bytes = Bytes(*at_most_bytes);
            let note = match at_most_cents {
                None => format!("at most {bytes}, for {undo_for}"),
                Some(cents) => {
                    let cost = Dollars { cents: *cents };
                    format!(
                        "at most {bytes}, for {undo_for}; in a bucket ({storage_class}) at most {cost} a month"
                    )
                }
            };
            Some((full_name(is_only, &it.id()), note))
        };
        let rows = self.0.repositories.iter().filter_map(of).collect();
        notes::section(f, "Copied to the vault first", KEEP, rows)
    }
}

//! What was not seen: sources and places, those with the same reason in one line.

use std::fmt::{self, Formatter};

use ecr_sweep_core::{Gap, group_gaps};

use super::notes;
use super::styles::BLOCKED;

/// Gaps with all that their reader is shown.
pub struct Unseen<'a>(pub &'a [Gap]);

impl fmt::Display for Unseen<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        section(f, self.0)
    }
}

/// Everything that was not seen. Nothing where all was.
pub fn section(f: &mut Formatter<'_>, gaps: &[Gap]) -> fmt::Result {
    let rows = group_gaps(gaps).into_iter().map(|group| {
        let sources: Vec<String> = group.sources.iter().map(ToString::to_string).collect();
        (notes::names(&sources), group.to_string())
    });
    notes::section(f, "Not seen, so anything may be used there", BLOCKED, rows.collect())
}

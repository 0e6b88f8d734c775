//! What is broken already, in a run's summary: how much of each kind, and where to begin.

use std::fmt::{self, Formatter};

use ecr_sweep_core::InUse;
use ecr_sweep_protocol::documents::FindingSummary;

use super::styles::{BLOCKED, ERROR};
use super::{Count, inspection, notes};

/// One line for what is in use, for what may be, and for the rest.
pub fn section(f: &mut Formatter<'_>, findings: &FindingSummary) -> fmt::Result {
    let rows =
        InUse::ALL.iter().filter_map(|in_use| Some((label(*in_use), row(findings, *in_use)?)));
    let style = if findings.in_use() > 0 { ERROR } else { BLOCKED };
    let title = "Broken already; `ecr-sweep inspect` tells all";
    notes::section(f, title, style, rows.map(|(label, row)| (label.to_owned(), row)).collect())
}

const fn label(in_use: InUse) -> &'static str {
    match in_use {
        InUse::Yes => "in use",
        InUse::Unknown => "may be in use",
        InUse::No => "not in use",
    }
}

fn row(findings: &FindingSummary, in_use: InUse) -> Option<String> {
    let counts = findings.counts.iter().filter(|count| count.in_use == in_use);
    let counts: Vec<String> =
        counts.map(|count| format!("{} {}", Count(count.findings), count.code)).collect();
    if counts.is_empty() {
        return None;
    }
    let worst = findings.worst.iter().find(|it| it.in_use == in_use);
    let first = worst.map(|it| format!("; the worst is {}", inspection::name(it)));
    Some(counts.join(", ") + &first.unwrap_or_default())
}

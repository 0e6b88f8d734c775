//! One run: what it was asked to do, how it stands, its plan, and what became of it.

use std::fmt::{self, Formatter};

use ecr_sweep_protocol::documents::OutcomeCounts;
use ecr_sweep_protocol::runs::{NoticeRow, RunState, ShownRun, StartedRun};

use super::stored::StoredView;
use super::styles::{FAINT, HEADING};
use super::summary::Swept;
use super::table::Sort;
use super::{Count, Time, runs};
use crate::args::DetailArguments;

/// A run with all that its reader is shown.
pub struct RunView<'a> {
    /// What it has stored.
    pub shown: &'a ShownRun,
    /// Whether repositories where nothing goes have a row each.
    pub all: bool,
}

impl fmt::Display for RunView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ShownRun { request, stands, summary, notices, .. } = self.shown;
        writeln!(f, "{HEADING}Run {}{HEADING:#}", request.run)?;
        let mut facts = vec![
            ("kind", runs::kind(stands).to_owned()),
            ("state", runs::state(stands)),
            ("started", Time(request.started_at).to_string()),
        ];
        facts.extend(stands.ended_at.map(|at| ("ended", Time(at).to_string())));
        if matches!(stands.state, RunState::Deleting | RunState::Stopped) {
            facts.push(("so far", so_far(&stands.totals.outcomes)));
        }
        if !request.repositories.is_empty() {
            facts.push(("only", request.repositories.join(", ")));
        }
        if let Some(summary) = summary.as_ref().filter(|summary| summary.dry_run) {
            facts.extend(summary.stopped.iter().map(|reason| ("stopped", reason.to_string())));
        }
        facts.extend(told(notices));
        write_facts(f, &facts)?;
        let Some(summary) = summary else { return Ok(()) };
        writeln!(f)?;
        let detail = DetailArguments { details: false, all: self.all, sort: Sort::Name };
        fmt::Display::fmt(&StoredView::new(summary, None, detail), f)?;
        if summary.dry_run {
            return Ok(());
        }
        writeln!(f)?;
        fmt::Display::fmt(&Swept(summary), f)
    }
}

/// Who was told, and who was not and why.
fn told(notices: &[NoticeRow]) -> Vec<(&'static str, String)> {
    let delivered = notices.iter().filter(|it| it.delivered).count();
    let mut facts = Vec::new();
    if delivered > 0 {
        facts.push(("told", format!("{delivered} of {} notices arrived", notices.len())));
    }
    let untold = notices.iter().filter_map(|it| Some((it, it.error.as_ref()?)));
    facts.extend(untold.map(|(it, error)| {
        ("not told", format!("{} of {}: {error}", it.channel, it.about.in_words()))
    }));
    facts
}

/// What became of images until now.
fn so_far(outcomes: &OutcomeCounts) -> String {
    let OutcomeCounts { deleted, archived, already_gone, failed, skipped, not_asked, .. } =
        outcomes;
    let archived = match archived {
        0 => String::new(),
        archived => format!("{} archived, ", Count(*archived)),
    };
    format!(
        "{} deleted, {archived}{} already gone, {} failed, {} skipped, {} not asked",
        Count(*deleted),
        Count(*already_gone),
        Count(*failed),
        Count(*skipped),
        Count(*not_asked)
    )
}

/// A deployed run that was just started.
pub struct Started<'a>(pub &'a StartedRun);

impl fmt::Display for Started<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let StartedRun { run, dry_run, started_at, execution_arn, .. } = self.0;
        writeln!(f, "{HEADING}Started run {run}{HEADING:#}")?;
        let kind = if *dry_run { "dry run" } else { "sweep" };
        write_facts(
            f,
            &[
                ("kind", kind.to_owned()),
                ("started", Time(*started_at).to_string()),
                ("execution", execution_arn.to_string()),
            ],
        )
    }
}

/// Labelled facts, below a heading.
pub fn write_facts(f: &mut Formatter<'_>, facts: &[(&str, String)]) -> fmt::Result {
    let width = facts.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    facts
        .iter()
        .try_for_each(|(label, value)| writeln!(f, "  {FAINT}{label:<width$}{FAINT:#}  {value}"))
}

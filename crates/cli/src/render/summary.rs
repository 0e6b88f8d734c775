//! How a sweep ended, from its receipts.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

use comfy_table::{Attribute, Cell, Color};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{OutcomeCounts, RepositorySummary, RunSummary};

use super::grid::Grid;
use super::styles::{BLOCKED, ERROR, KEEP};
use super::table::{failures, full_name, is_only_registry};
use super::{Bytes, Count, Time, counted, notes};

/// What became of what was planned for deletion.
pub struct Swept<'a>(pub &'a RunSummary);

impl fmt::Display for Swept<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let summary = self.0;
        let is_only = is_only_registry(summary.repositories.iter().map(RepositorySummary::id));
        let name = |it: &RepositorySummary| full_name(is_only, &it.id());
        heading(f, summary)?;
        outcomes(f, summary, name)?;
        still_there(f, summary, name, "Still there", false)?;
        still_there(f, summary, name, "Asked for, without an answer", true)?;
        failures(f, &summary.failed)
    }
}

/// The same of a run of which nothing is left to do.
pub struct NothingLeft<'a>(pub &'a RunSummary);

impl fmt::Display for NothingLeft<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let summary = self.0;
        let told = format!(
            "{KEEP}Nothing was left to do.{KEEP:#} The run {} has deleted its plan to the end, at {}:",
            summary.run,
            Time(summary.ended_at)
        );
        writeln!(f, "{}", notes::folded(&told, f.width(), 0))?;
        let is_only = is_only_registry(summary.repositories.iter().map(RepositorySummary::id));
        outcomes(f, summary, |it| full_name(is_only, &it.id()))
    }
}

fn heading(f: &mut Formatter<'_>, summary: &RunSummary) -> fmt::Result {
    let (style, words) = match summary.ending {
        Ending::Done => (KEEP, "Done."),
        Ending::Incomplete => (BLOCKED, "Something is blocked, or usage was not seen whole."),
        Ending::NothingDeleted => (BLOCKED, "Nothing was deleted: usage was not seen whole."),
        Ending::Partial => (BLOCKED, "Not everything that was planned was deleted."),
        Ending::Refused => (BLOCKED, "Refused."),
        Ending::Interrupted => (BLOCKED, "Interrupted."),
        Ending::Failed => (ERROR, "Failed."),
    };
    write!(f, "{style}{words}{style:#}")?;
    let OutcomeCounts { skipped, .. } = summary.totals.outcomes;
    if summary.ending == Ending::Done && skipped > 0 {
        let planned = counted(summary.totals.plan.delete, "image");
        let stay = if skipped == 1 { "stays" } else { "stay" };
        write!(f, " {} of {planned} {stay}: why is told below.", Count(skipped))?;
    }
    if summary.ending == Ending::Done && summary.totals.plan.delete == 0 {
        write!(f, " There was nothing to delete.")?;
    }
    match &summary.stopped {
        Some(reason) => writeln!(f, " {reason}"),
        None => writeln!(f),
    }
}

/// The repositories in which something was to be deleted.
fn outcomes(
    f: &mut Formatter<'_>,
    summary: &RunSummary,
    name: impl Fn(&RepositorySummary) -> String,
) -> fmt::Result {
    let has_outcomes = |it: &&RepositorySummary| it.outcomes != OutcomeCounts::default();
    let swept: Vec<_> = summary.repositories.iter().filter(has_outcomes).collect();
    if swept.is_empty() {
        return Ok(());
    }
    let has_stopped = summary.totals.outcomes.not_asked > 0;
    let has_archived = summary.totals.plan.archive > 0;
    let mut headings = vec!["REPOSITORY", "DELETED"];
    headings.extend(has_archived.then_some("ARCHIVED"));
    headings.extend(["ALREADY GONE", "FAILED", "SKIPPED"]);
    headings.extend(has_stopped.then_some("NOT ASKED"));
    headings.push("FREED AT MOST");
    let mut grid = Grid::new(&headings, 1..headings.len());
    let numbers = |name, outcomes| numbers(name, outcomes, has_archived, has_stopped);
    for it in &swept {
        grid.add(numbers(name(it), &it.outcomes));
    }
    let label = counted(swept.len() as u64, "repository");
    let total = numbers(label, &summary.totals.outcomes).into_iter();
    grid.add(total.map(|cell| cell.add_attribute(Attribute::Bold)));
    writeln!(f)?;
    grid.write(f)?;
    match &summary.saved {
        Some(saved) => writeln!(f, "Saves {saved}."),
        None => Ok(()),
    }
}

fn numbers(
    name: String,
    outcomes: &OutcomeCounts,
    has_archived: bool,
    has_stopped: bool,
) -> Vec<Cell> {
    let failed = Cell::new(Count(outcomes.failed));
    let mut row = vec![Cell::new(name), Cell::new(Count(outcomes.deleted))];
    row.extend(has_archived.then(|| Cell::new(Count(outcomes.archived))));
    row.extend([
        Cell::new(Count(outcomes.already_gone)),
        if outcomes.failed > 0 { failed.fg(Color::DarkRed) } else { failed },
        Cell::new(Count(outcomes.skipped)),
    ]);
    row.extend(has_stopped.then(|| Cell::new(Count(outcomes.not_asked)).fg(Color::DarkYellow)));
    row.push(Cell::new(Bytes(outcomes.frees().bytes)));
    row
}

/// Why images are still there, or that nobody knows whether they are: each reason once with its repositories.
fn still_there(
    f: &mut Formatter<'_>,
    summary: &RunSummary,
    name: impl Fn(&RepositorySummary) -> String,
    title: &str,
    is_unknown: bool,
) -> fmt::Result {
    let mut reasons: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
    for it in &summary.repositories {
        for not_deleted in it.not_deleted.iter().filter(|row| row.unknown == is_unknown) {
            let reason = match &not_deleted.code {
                Some(code) => format!("{code}: {}", not_deleted.reason),
                None => not_deleted.reason.to_string(),
            };
            let (images, names) = reasons.entry(reason).or_default();
            *images += not_deleted.images;
            names.push(name(it));
        }
    }
    let rows = reasons.into_iter().map(|(reason, (images, names))| {
        (format!("{} of {}", Count(images), notes::names(&names)), reason)
    });
    notes::section(f, title, BLOCKED, rows.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What is told of a sweep of five images.
    fn told(ending: &str, outcomes: &Value, not_deleted: &Value) -> String {
        let plan = json!({
            "images": 10, "keep": 5, "delete": 5, "would_delete": 0,
            "keep_bytes": 600, "delete_bytes": 4096,
        });
        let summary = json!({
            "schema_version": 1, "run": "r1", "ending": ending, "dry_run": false,
            "started_at": "2026-11-20T00:00:00Z", "ended_at": "2026-11-20T00:01:00Z",
            "totals": { "repositories": 1, "blocked": 0, "plan": plan, "outcomes": outcomes },
            "coverage_default": "complete", "incomplete": [], "failed": [], "warnings": [],
            "repositories": [{
                "account": "111122223333", "region": "eu-west-1", "repository": "dev/app",
                "plan_digest": format!("sha256:{}", "a".repeat(64)), "plan": plan,
                "blocked": [], "outcomes": outcomes, "not_deleted": not_deleted,
            }],
        });
        let summary = serde_json::from_value(summary).unwrap();
        anstream::adapter::strip_str(&Swept(&summary).to_string()).to_string()
    }

    fn outcomes(deleted: u64, failed: u64, skipped: u64) -> Value {
        json!({
            "deleted": deleted, "already_gone": 0, "failed": failed, "skipped": skipped,
            "deleted_bytes": 0,
        })
    }

    #[test]
    fn done_says_how_many_of_the_planned_images_stay() {
        let why = json!([{ "reason": "its tag moved", "images": 2 }]);
        let told = told("done", &outcomes(3, 0, 2), &why);
        assert!(told.starts_with("Done. 2 of 5 images stay: why is told below.\n"), "{told}");
        assert!(told.ends_with("\nStill there\n  2 of dev/app  its tag moved\n"), "{told}");
    }

    #[test]
    fn what_nobody_heard_of_is_not_told_as_still_there() {
        let why = json!([{ "reason": "its answer is not known", "images": 5, "unknown": true }]);
        let told = told("partial", &outcomes(0, 5, 0), &why);
        assert!(!told.contains("Still there"), "{told}");
        let heading = "\nAsked for, without an answer\n  5 of dev/app  its answer is not known\n";
        assert!(told.ends_with(heading), "{told}");
    }
}

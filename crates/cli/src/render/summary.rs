//! How a sweep ended, from its receipts.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{Attribute, Cell, Color};
use ecr_sweep_core::Place;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{OutcomeCounts, RepositorySummary, RunSummary};

use super::grid::Grid;
use super::styles::{BLOCKED, ERROR, KEEP};
use super::table::{failures, full_name};
use super::{Bytes, Count, notes};

/// What became of what was planned for deletion.
pub fn run(summary: &RunSummary) -> String {
    let place =
        |it: &RepositorySummary| Place { account: it.account.clone(), region: it.region.clone() };
    let is_only = summary.repositories.iter().map(place).collect::<BTreeSet<_>>().len() == 1;
    let name = |it: &RepositorySummary| full_name(is_only, &place(it), &it.repository);
    let swept: Vec<&RepositorySummary> =
        summary.repositories.iter().filter(|it| it.outcomes != OutcomeCounts::default()).collect();
    let mut text = heading(summary);
    if !swept.is_empty() {
        let headings = ["REPOSITORY", "DELETED", "ALREADY GONE", "FAILED", "SKIPPED", "FREED"];
        let mut grid = Grid::new(&headings, 1..6);
        for it in &swept {
            grid.add(numbers(name(it), &it.outcomes));
        }
        let label = match swept.len() {
            1 => "1 repository".to_owned(),
            count => format!("{} repositories", Count(count as u64)),
        };
        let total = numbers(label, &summary.totals.outcomes).into_iter();
        grid.add(total.map(|cell| cell.add_attribute(Attribute::Bold)));
        text += &format!("\n{grid}");
    }
    text += &still_there(summary, name);
    text + &failures(&summary.failed)
}

fn heading(summary: &RunSummary) -> String {
    let (style, words) = match summary.ending {
        Ending::Done => (KEEP, "Done."),
        Ending::Incomplete => (BLOCKED, "Something is blocked, or usage was not seen whole."),
        Ending::NothingDeleted => (BLOCKED, "Nothing was deleted: usage was not seen whole."),
        Ending::Partial => (BLOCKED, "Not everything that was planned was deleted."),
        Ending::Refused => (BLOCKED, "Refused."),
        Ending::Failed => (ERROR, "Failed."),
    };
    let reason = match &summary.stopped {
        Some(reason) => format!(" {reason}"),
        None => String::new(),
    };
    format!("{style}{words}{style:#}{reason}\n")
}

fn numbers(name: String, outcomes: &OutcomeCounts) -> Vec<Cell> {
    let failed = Cell::new(Count(outcomes.failed));
    vec![
        Cell::new(name),
        Cell::new(Count(outcomes.deleted)),
        Cell::new(Count(outcomes.already_gone)),
        if outcomes.failed > 0 { failed.fg(Color::DarkRed) } else { failed },
        Cell::new(Count(outcomes.skipped)),
        Cell::new(Bytes(outcomes.deleted_bytes)),
    ]
}

/// Why images are still there, each reason once with its repositories.
fn still_there(summary: &RunSummary, name: impl Fn(&RepositorySummary) -> String) -> String {
    let mut reasons: BTreeMap<(&str, &str), (u64, Vec<String>)> = BTreeMap::new();
    for it in &summary.repositories {
        for not_deleted in &it.not_deleted {
            let code = not_deleted.code.as_deref().unwrap_or("skipped");
            let (images, names) = reasons.entry((code, &not_deleted.reason)).or_default();
            *images += not_deleted.images;
            names.push(name(it));
        }
    }
    let rows = reasons.into_iter().map(|((code, reason), (images, names))| {
        let images = Count(images);
        (code.to_owned(), format!("{images} of {}: {reason}", notes::names(&names)))
    });
    notes::section("Still there", BLOCKED, rows.collect())
}

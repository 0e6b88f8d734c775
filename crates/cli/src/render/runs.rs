//! The runs of a store, one line each.

use std::fmt::{self, Formatter};

use comfy_table::{Cell, Color};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::runs::{RunList, RunRow, RunState};

use super::grid::Grid;
use super::styles::ERROR;
use super::{Count, notes};

/// Runs with all that their reader is shown.
pub struct Listed<'a>(pub &'a RunList);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let RunList { runs, unreadable, .. } = self.0;
        if runs.is_empty() {
            writeln!(f, "There are no runs here.")?;
        } else {
            let archived = runs.iter().any(|run| run.totals.outcomes.archived > 0);
            let mut headings = vec!["RUN", "STARTED", "KIND", "PLANNED", "DELETED"];
            headings.extend(archived.then_some("ARCHIVED"));
            let mut grid = Grid::new(&[&headings[..], &["STATE"]].concat(), 3..headings.len())
                .with_whole_names();
            for run in runs {
                grid.add(row(run, archived));
            }
            grid.write(f)?;
        }
        let rows = unreadable.iter().map(|it| (it.run.to_string(), it.problem.to_string()));
        notes::section(f, "Cannot be read", ERROR, rows.collect())
    }
}

fn row(run: &RunRow, archived: bool) -> Vec<Cell> {
    let state = Cell::new(state(run));
    let mut row = vec![
        Cell::new(&run.run),
        Cell::new(run.started_at.strftime("%Y-%m-%d %H:%M").to_string()),
        Cell::new(kind(run)),
        Cell::new(Count(run.totals.plan.delete)),
        Cell::new(Count(run.totals.outcomes.deleted)),
    ];
    row.extend(archived.then(|| Cell::new(Count(run.totals.outcomes.archived))));
    row.push(match run.ending {
        Some(Ending::Done) => state.fg(Color::DarkGreen),
        Some(Ending::Failed) => state.fg(Color::DarkRed),
        Some(_) | None => state.fg(Color::DarkYellow),
    });
    row
}

/// Whether it was to delete.
pub fn kind(run: &RunRow) -> &'static str {
    if run.dry_run { "dry run" } else { "sweep" }
}

/// How it ended, or how far it is.
pub fn state(run: &RunRow) -> String {
    match (run.ending, run.state) {
        (Some(Ending::Partial), _) if run.stopped.is_some() => "partial, stopped".to_owned(),
        (Some(ending), _) => ending_in_words(ending).to_owned(),
        (None, RunState::Planning) => "unfinished: planning".to_owned(),
        (None, RunState::Planned) => "unfinished: planned".to_owned(),
        (None, RunState::Deleting) => "unfinished: deleting".to_owned(),
        (None, RunState::Stopped) => "unfinished: stopped while deleting".to_owned(),
        (None, RunState::Ended) => "ended".to_owned(),
    }
}

/// The ending as documents spell it.
const fn ending_in_words(ending: Ending) -> &'static str {
    match ending {
        Ending::Done => "done",
        Ending::Incomplete => "incomplete",
        Ending::NothingDeleted => "nothing-deleted",
        Ending::Partial => "partial",
        Ending::Refused => "refused",
        Ending::Interrupted => "interrupted",
        Ending::Failed => "failed",
    }
}

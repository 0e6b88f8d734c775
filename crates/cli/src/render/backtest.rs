//! What a policy would have done, run by run.

use std::fmt::{self, Formatter};

use comfy_table::Cell;
use ecr_sweep_protocol::backtest::{Backtest, BacktestedRun, NeededImage};

use super::grid::Grid;
use super::styles::{BLOCKED, ERROR};
use super::{Bytes, Count, notes, short};

/// A backtest with all that its reader is shown.
pub struct BacktestView<'a>(pub &'a Backtest);

impl fmt::Display for BacktestView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let judged = self.0;
        let told = format!("{}.", first_large(&judged.to_string()));
        writeln!(f, "{}", notes::folded(&told, f.width(), 0))?;
        if judged.images > 0 {
            writeln!(f, "They have at most {}.", Bytes(judged.bytes))?;
        }
        if !judged.runs.is_empty() {
            // A run's name is when it started.
            let headings = ["RUN", "REPOSITORIES", "WOULD GO", "FIRST", "BLOCKED", "NOT KNOWN"];
            let mut grid = Grid::new(&headings, 1..6).with_whole_names();
            for run in &judged.runs {
                grid.add(row(run));
            }
            writeln!(f)?;
            grid.write(f)?;
        }
        let needed = judged.needed_again.iter().map(needed);
        notes::section(f, "Needed again", ERROR, needed.collect())?;
        let nearest = judged.nearest.iter().map(|it| {
            let image = format!("{}@{}", it.repository, short(it.digest));
            (image, format!("{} days short, needed on {}", it.days_short, it.needed_at))
        });
        notes::section(f, "Nearest", BLOCKED, nearest.collect())?;
        let problems = judged
            .runs
            .iter()
            .filter_map(|run| Some((run.run.to_string(), run.problem.as_ref()?.to_string())));
        let unreadable =
            judged.unreadable.iter().map(|it| (it.to_string(), "is no run".to_owned()));
        notes::section(f, "Not judged", BLOCKED, problems.chain(unreadable).collect())
    }
}

fn row(run: &BacktestedRun) -> [Cell; 6] {
    [
        Cell::new(&run.run),
        Cell::new(Count(run.repositories)),
        Cell::new(Count(run.would_delete)),
        Cell::new(Count(run.first)),
        Cell::new(Count(run.blocked)),
        Cell::new(Count(run.not_known)),
    ]
}

fn needed(it: &NeededImage) -> (String, String) {
    let tags = it.tags.join(" ");
    let image = format!("{}@{} {tags}", it.repository, short(it.digest));
    let told = format!("would have gone on {}; {} on {}", it.gone_at, it.need, it.needed_at);
    (image.trim_end().to_owned(), told)
}

fn first_large(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

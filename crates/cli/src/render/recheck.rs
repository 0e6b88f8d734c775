//! What of a stored plan still holds.

use std::fmt::{self, Formatter};

use comfy_table::{Attribute, Cell};
use ecr_sweep_protocol::documents::RepositoryFailure;
use ecr_sweep_protocol::recheck::{Recheck, RecheckedRepository};

use super::grid::Grid;
use super::styles::{BLOCKED, FAINT, HEADING, KEEP};
use super::table::{failures, full_name, is_only_registry};
use super::{Count, Time, counted, notes};

/// A recheck with all that its reader is shown.
pub struct Rechecked<'a>(pub &'a Recheck);

impl fmt::Display for Rechecked<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Recheck { run, checked_at, repositories, .. } = self.0;
        writeln!(
            f,
            "{HEADING}Plan of the run {run}{HEADING:#} {FAINT}checked again at {}{FAINT:#}\n",
            Time(*checked_at)
        )?;
        if repositories.is_empty() {
            return writeln!(f, "It deletes nothing.");
        }
        let is_only = is_only_registry(repositories.iter().map(RecheckedRepository::id));
        let name = |it: &RecheckedRepository| full_name(is_only, &it.id());
        numbers(repositories, name).write(f)?;
        let planned: u64 = repositories.iter().map(|it| it.planned).sum();
        if repositories.iter().all(|it| it.gone == it.planned) {
            writeln!(f, "\nNothing is left to do: {} are gone.", counted(planned, "image"))?;
        }
        let kept = repositories.iter().flat_map(|it| {
            it.kept.iter().map(move |kept| {
                (format!("{} of {}", Count(kept.images), name(it)), kept.code.to_string())
            })
        });
        notes::section(f, "Kept now", KEEP, kept.collect())?;
        let blocked = repositories.iter().flat_map(|it| {
            it.blocked.iter().map(move |block| {
                (block.code.to_string(), format!("{}: {}", name(it), block.detail))
            })
        });
        notes::section(f, "Blocked now", BLOCKED, blocked.collect())?;
        let failed: Vec<RepositoryFailure> =
            repositories.iter().filter_map(|it| it.failed.clone()).collect();
        failures(f, &failed)
    }
}

fn numbers(
    repositories: &[RecheckedRepository],
    name: impl Fn(&RecheckedRepository) -> String,
) -> Grid {
    let mut grid = Grid::new(&["REPOSITORY", "PLANNED", "STILL", "GONE"], 1..4);
    let row = |name: String, numbers: [u64; 3]| {
        let numbers = numbers.into_iter().map(|number| Cell::new(Count(number)));
        std::iter::once(Cell::new(name)).chain(numbers).collect::<Vec<_>>()
    };
    for it in repositories {
        grid.add(row(name(it), [it.planned, it.still, it.gone]));
    }
    let sum = |of: fn(&RecheckedRepository) -> u64| repositories.iter().map(of).sum();
    let label = counted(repositories.len() as u64, "repository");
    let total = row(label, [sum(|it| it.planned), sum(|it| it.still), sum(|it| it.gone)]);
    grid.add(total.into_iter().map(|cell| cell.add_attribute(Attribute::Bold)));
    grid
}

//! A scan: one line a source.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

use comfy_table::{Attribute, Cell, Color};
use ecr_sweep_core::Source;
use ecr_sweep_protocol::UsageFile;

use super::grid::Grid;
use super::styles::{FAINT, HEADING};
use super::{Count, Time, counted};

/// A scan with all that its reader is shown.
pub struct ScanView<'a> {
    /// What was looked at, and what was found.
    pub file: &'a UsageFile,
    /// Whether sources in which nothing was found have a row each.
    pub all: bool,
}

/// What one source came to, in all places.
#[derive(Default)]
struct Line {
    places: u64,
    not_seen: u64,
    found: u64,
    references: u64,
    calls: u64,
    /// In all places together, as if they had not been looked at side by side.
    milliseconds: u64,
}

impl Line {
    const fn is_idle(&self) -> bool {
        self.found == 0 && self.references == 0 && self.not_seen == 0
    }

    const fn add(&mut self, other: &Self) {
        self.places += other.places;
        self.not_seen += other.not_seen;
        self.found += other.found;
        self.references += other.references;
        self.calls += other.calls;
        self.milliseconds += other.milliseconds;
    }

    fn cells(&self, name: impl ToString) -> [Cell; 7] {
        let Self { places, not_seen, found, references, calls, milliseconds } = *self;
        let unseen = Cell::new(Count(not_seen));
        [
            Cell::new(name),
            Cell::new(Count(places)),
            Cell::new(Count(found)),
            Cell::new(Count(references)),
            Cell::new(Count(calls)),
            Cell::new(format!("{}.{} s", milliseconds / 1_000, milliseconds / 100 % 10)),
            if not_seen > 0 { unseen.fg(Color::DarkRed) } else { unseen },
        ]
    }
}

const HEADINGS: [&str; 7] =
    ["SOURCE", "PLACES", "FOUND", "REFERENCES", "CALLS", "TIME", "NOT SEEN"];

impl fmt::Display for ScanView<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut lines: BTreeMap<Source, Line> = BTreeMap::new();
        for scanned in &self.file.scanned {
            let line = lines.entry(scanned.source).or_default();
            line.places += 1;
            line.not_seen += u64::from(!scanned.complete);
            line.found += scanned.found;
            line.references += scanned.references;
            line.calls += scanned.calls.unwrap_or(0);
            line.milliseconds += scanned.milliseconds.unwrap_or(0);
        }
        writeln!(f, "{HEADING}Usage{HEADING:#} {FAINT}at {}{FAINT:#}\n", Time(self.file.taken_at))?;
        let mut grid = Grid::new(&HEADINGS, 1..HEADINGS.len());
        let (mut idle, mut total, many) = (Line::default(), Line::default(), lines.len() as u64);
        let mut left_out = 0;
        for (source, line) in &lines {
            total.add(line);
            if !self.all && line.is_idle() {
                idle.add(line);
                left_out += 1;
            } else {
                grid.add(line.cells(source));
            }
        }
        if left_out > 0 {
            grid.add(idle.cells(format!("{} where nothing is", Count(left_out))));
        }
        if many > 1 {
            let total = total.cells(counted(many, "source")).into_iter();
            grid.add(total.map(|cell| cell.add_attribute(Attribute::Bold)));
        }
        grid.write(f)
    }
}

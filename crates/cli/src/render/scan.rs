//! A scan: one line a source.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

use comfy_table::{Cell, Color};
use ecr_sweep_core::Source;
use ecr_sweep_protocol::UsageFile;

use super::grid::Grid;
use super::styles::{FAINT, HEADING};
use super::{Count, Time};

/// A scan with all that its reader is shown.
pub struct ScanView<'a> {
    /// What was looked at, and what was found.
    pub file: &'a UsageFile,
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
        for (source, line) in lines {
            let not_seen = Cell::new(Count(line.not_seen));
            grid.add([
                Cell::new(source),
                Cell::new(Count(line.places)),
                Cell::new(Count(line.found)),
                Cell::new(Count(line.references)),
                Cell::new(Count(line.calls)),
                Cell::new(format!(
                    "{}.{} s",
                    line.milliseconds / 1_000,
                    line.milliseconds / 100 % 10
                )),
                if line.not_seen > 0 { not_seen.fg(Color::DarkRed) } else { not_seen },
            ]);
        }
        grid.write(f)
    }
}

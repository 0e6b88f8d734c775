//! What stands below a table: labelled notes, as many as a person reads.

use std::fmt::{self, Formatter};

use anstyle::Style;
use ecr_sweep_core::wording::First;
use ecr_sweep_core::{Warning, WarningCode};

use super::styles::{HEADING, WARNING};

/// How many notes of one section are shown; a JSON result has them all.
const SHOWN: usize = 10;

/// How many names a note holds.
const NAMES: usize = 3;

/// A section of notes, each with its label. Nothing where there are none.
pub fn section(
    f: &mut Formatter<'_>,
    title: &str,
    style: Style,
    rows: Vec<(String, String)>,
) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{HEADING}{title}{HEADING:#}")?;
    let rows = First::of(SHOWN, rows);
    let width = rows.told.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    for (label, note) in &rows.told {
        let fill = width - label.len();
        writeln!(f, "  {style}{label}{style:#}{:fill$}  {note}", "")?;
    }
    match rows.and_more() {
        Some(more) => writeln!(f, "  {more}; `--format json` has them all"),
        None => Ok(()),
    }
}

/// What the reader should know besides. What was not seen has a section of its own.
pub fn warnings(f: &mut Formatter<'_>, warnings: &[Warning]) -> fmt::Result {
    let rows = warnings
        .iter()
        .filter(|warning| warning.code != WarningCode::IncompleteUsage)
        .map(|warning| (warning.code.to_string(), warning.detail.to_string()))
        .collect();
    section(f, "Warnings", WARNING, rows)
}

/// The first of some names.
pub fn names(names: &[String]) -> String {
    First::of(NAMES, names).in_one_line()
}

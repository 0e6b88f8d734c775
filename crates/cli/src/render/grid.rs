//! Columns without lines between them.

use std::fmt;
use std::ops::Range;

use comfy_table::{Attribute, Cell, CellAlignment, Table, presets};

/// A table without lines, two blanks between its columns.
pub struct Grid(Table);

impl Grid {
    /// A grid with these headings; the columns of `right` are aligned right.
    pub fn new(headings: &[&str], right: Range<usize>) -> Self {
        let mut table = Table::new();
        // Always in colour: the stream drops it where it does not belong.
        table.load_style(presets::NOTHING).enforce_styling().style_text_only();
        let heading = |text: &&str| Cell::new(text).add_attribute(Attribute::Bold);
        table.set_header(headings.iter().map(heading));
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((if at == 0 { 0 } else { 2 }, 0));
            if right.contains(&at) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self(table)
    }

    /// Adds a row.
    pub fn add(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.0.add_row(row.into_iter().collect::<Vec<_>>());
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.0.lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

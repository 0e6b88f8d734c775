//! Columns without lines between them, as wide as the terminal lets them be.

use std::fmt::{self, Formatter};
use std::ops::Range;

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};
use textwrap::core::display_width;

/// A name is not shortened to fewer columns than these.
const SHORTEST_NAME: usize = 16;

/// A table without lines, two blanks between its columns.
pub struct Grid {
    headings: Vec<String>,
    right: Range<usize>,
    /// Whether the first column is left as it is.
    has_whole_names: bool,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// A grid with these headings; the columns of `right` are aligned right.
    pub fn new(headings: &[&str], right: Range<usize>) -> Self {
        let headings = headings.iter().map(|&text| text.to_owned()).collect();
        Self { headings, right, has_whole_names: false, rows: Vec::new() }
    }

    /// The same, whose first column is not shortened: digests and runs are copied from there.
    pub const fn with_whole_names(mut self) -> Self {
        self.has_whole_names = true;
        self
    }

    /// Adds a row.
    pub fn add(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Writes it, not wider than the formatter is, where that has a width: names in the first column are shortened
    /// in their middle, and what is too wide then goes on in the next line.
    pub fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let table = self.table(usize::MAX);
        let widest = table.lines().map(|line| display_width(line.trim_end())).max().unwrap_or(0);
        match f.width().filter(|width| *width < widest) {
            None => write_lines(f, &table),
            Some(width) => {
                let names = self.rows.iter().filter_map(|row| row.first());
                let longest = names.map(|it| display_width(&it.content())).max().unwrap_or(0);
                let left = if self.has_whole_names {
                    usize::MAX
                } else {
                    longest.saturating_sub(widest - width).max(SHORTEST_NAME)
                };
                let mut table = self.table(left);
                let columns = u16::try_from(width).unwrap_or(u16::MAX);
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
                write_lines(f, &table)
            }
        }
    }

    /// The table, with names of at most so many columns.
    fn table(&self, longest_name: usize) -> Table {
        let mut table = Table::new();
        // Always in colour: the stream drops it where it does not belong.
        table.load_style(presets::NOTHING).enforce_styling().style_text_only();
        let heading = |text: &String| Cell::new(text).add_attribute(Attribute::Bold);
        table.set_header(self.headings.iter().map(heading));
        for row in &self.rows {
            let mut row = row.clone();
            if let Some(name) = row.first_mut().filter(|it| it.content().len() > longest_name) {
                *name = Cell::new(shortened(&name.content(), longest_name));
            }
            table.add_row(row);
        }
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((if at == 0 { 0 } else { 2 }, 0));
            if self.right.contains(&at) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }
}

fn write_lines(f: &mut Formatter<'_>, table: &Table) -> fmt::Result {
    table.lines().try_for_each(|line| writeln!(f, "{}", line.trim_end()))
}

/// A name with its middle left out: what it begins and ends with tells it from others.
pub fn shortened(name: &str, columns: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= columns {
        return name.to_owned();
    }
    let kept = columns.saturating_sub(1);
    let end = kept / 2;
    let (first, last) = (&letters[..kept - end], &letters[letters.len() - end..]);
    first.iter().chain(&['…']).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shown(Grid);

    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            self.0.write(f)
        }
    }

    fn grid(names: &[&str], note: &str) -> Shown {
        let mut grid = Grid::new(&["NAME", "COUNT", "NOTE"], 1..2);
        for name in names {
            grid.add([Cell::new(name), Cell::new(1), Cell::new(note)]);
        }
        Shown(grid)
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    const LONG: &str = "team-payments/services/a-repository-with-a-very-long-name/api";

    #[test]
    fn without_a_terminal_nothing_is_shortened() {
        assert!(plain(&grid(&[LONG], "x").to_string()).contains(LONG));
    }

    #[test]
    fn a_long_name_is_shortened_in_its_middle_and_a_short_one_is_not() {
        let shown = plain(&format!("{:40}", grid(&[LONG, "b"], "x")));
        assert!(shown.lines().all(|line| display_width(line) <= 40), "{shown}");
        assert!(shown.contains("team-paym"), "{shown}");
        assert!(shown.contains("ame/api "), "{shown}");
        assert!(shown.contains("\nb "), "{shown}");
    }

    #[test]
    fn what_is_still_too_wide_goes_on_below_and_no_word_is_cut() {
        let shown = plain(&format!("{:50}", grid(&[LONG], "several words that are a note")));
        assert!(shown.lines().all(|line| display_width(line) <= 50), "{shown}");
        let words: Vec<&str> = shown.split_whitespace().collect();
        for word in ["several", "words", "that", "are", "note"] {
            assert!(words.contains(&word), "{word}: {shown}");
        }
    }

    #[test]
    fn a_grid_is_as_wide_as_a_terminal_that_has_room() {
        let wide = format!("{:200}", grid(&[LONG], "x"));
        assert_eq!(wide, grid(&[LONG], "x").to_string());
    }

    #[test]
    fn letters_of_more_than_one_byte_are_left_whole() {
        assert_eq!(shortened("äöüäöüäöü", 5), "äö…öü");
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 1), "…");
    }
}

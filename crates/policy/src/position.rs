//! Positions in the text: bytes, lines and columns.

use std::ops::Range;

/// A text, and where its lines and characters begin.
pub(super) struct Positions<'t> {
    text: &'t str,
    lines: Vec<usize>,
    characters: Vec<usize>,
}

impl<'t> Positions<'t> {
    pub fn new(text: &'t str) -> Self {
        let after_break = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: std::iter::once(0).chain(after_break).collect(),
            characters: text.char_indices().map(|(at, _)| at).collect(),
        }
    }

    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// The byte at which the character of that number begins; the end if there is none.
    pub fn byte(&self, character: usize) -> usize {
        self.characters.get(character).copied().unwrap_or(self.text.len())
    }

    /// The line and column of a byte, both from 1, the column in characters.
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= byte);
        let start = self.lines[line - 1];
        let bom = if start == 0 && self.text.starts_with('\u{feff}') { 3 } else { 0 };
        // A policy may be one long line with errors all along it.
        let character = |byte: usize| self.characters.partition_point(|start| *start < byte);
        (line, character(byte).saturating_sub(character(start + bom)) + 1)
    }

    /// The part of a span that is on its first line, without blanks at its end.
    pub fn first_line(&self, span: &Range<usize>) -> Range<usize> {
        let text = self.text.get(span.clone()).unwrap_or("");
        let line = text.lines().next().unwrap_or("").trim_end();
        span.start..span.start + line.len()
    }
}

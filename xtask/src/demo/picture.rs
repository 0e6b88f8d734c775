//! `cargo xtask demo --picture`: what the demo shows, as a picture of a terminal.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anstyle_svg::Term;
use miette::{IntoDiagnostic, WrapErr};

/// How wide the terminal is: a line is folded between words.
const COLUMNS: usize = 110;

/// What one story of the demo showed, with the colours of a terminal.
#[derive(Debug, Default)]
pub(super) struct Picture {
    shown: String,
}

impl Picture {
    /// What is said between two commands.
    pub(super) fn say(&mut self, text: &str) {
        for line in text.lines() {
            // Writing to a text cannot fail.
            let _ = writeln!(self.shown, "\x1b[2m# {line}\x1b[0m");
        }
        self.shown.push('\n');
    }

    /// A command, and what it printed.
    pub(super) fn command(&mut self, line: &str, printed: &str) {
        let _ = writeln!(self.shown, "\x1b[1m$ {line}\x1b[0m\n{}\n", printed.trim_end());
    }

    /// Writes the picture, as SVG.
    pub(super) fn write(&self, path: &Path) -> miette::Result<()> {
        std::fs::write(path, self.svg())
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write {}", path.display()))
    }

    fn svg(&self) -> String {
        let folded = textwrap::Options::new(COLUMNS).subsequent_indent("      ");
        let lines = self.shown.trim_end().lines();
        let lines: Vec<String> = lines.map(|line| textwrap::fill(line, &folded)).collect();
        let shown = lines.join("\n");
        let mut picture = Term::new().render_svg(&shown);
        if !picture.ends_with('\n') {
            picture.push('\n');
        }
        picture
    }
}

/// Where the picture of the documentation is.
pub(super) fn of_the_documentation() -> PathBuf {
    crate::run::root().join("docs/demo.svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_what_was_shown_in_its_colours_and_nothing_of_it_is_markup() {
        let mut picture = Picture::default();
        picture.say("Why?");
        picture.command("ecr-sweep explain a", "\x1b[32mkeep\x1b[0m <script>\n");
        let svg = picture.svg();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
        assert!(svg.contains("ecr-sweep explain a") && svg.contains("fg-green"), "{svg}");
        picture.say(&"word ".repeat(40));
        assert!(picture.svg().contains("      word "), "{}", picture.svg());
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script>"), "{svg}");
    }

    #[test]
    fn the_picture_of_the_documentation_shows_what_the_demo_runs() {
        let picture = std::fs::read_to_string(of_the_documentation()).unwrap();
        for arguments in [super::super::PLAN, super::super::RUN] {
            let line = format!("$ ecr-sweep {}", arguments.join(" "));
            assert!(picture.contains(&line), "{line}: run `cargo xtask demo --picture`");
        }
    }
}

//! What stands below a table: labelled notes, as many as a person reads.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

use anstyle::Style;
use ecr_sweep_core::wording::First;
use ecr_sweep_core::{Warning, WarningCode};
use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};

use super::styles::{HEADING, WARNING};

/// How many notes of one section are shown; a JSON result has them all.
const SHOWN: usize = 10;

/// How many of one code are shown where not all are.
const ALIKE: usize = 2;

/// Where the others are.
const ALL: &str = "`--format json` has them all";

/// A note has at least so many columns beside its label.
const NARROWEST: usize = 40;

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
        let line = format!("  {style}{label}{style:#}{:fill$}  {note}", "");
        writeln!(f, "{}", folded(&line, f.width(), width + 4))?;
    }
    match rows.and_more() {
        Some(more) => writeln!(f, "  {more}; {ALL}"),
        None => Ok(()),
    }
}

/// A line that goes on below, so many columns further right, where it is wider than the terminal. No word is cut.
pub fn folded(line: &str, width: Option<usize>, indent: usize) -> Cow<'_, str> {
    let Some(width) = width.filter(|width| display_width(line) > *width) else {
        return line.into();
    };
    // Beside a long label a note would be a column of single words.
    let indent = if indent + NARROWEST > width { indent.min(4) } else { indent };
    let indent = " ".repeat(indent);
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(line, options.word_separator(WordSeparator::Custom(words))).into()
}

/// The words of a line. What is between backticks is one: a command is copied, and a terminal knows of its own
/// which lines go together.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let (mut words, mut from, mut until) = (Vec::new(), 0, 0);
    let mut is_after_space = false;
    for (at, character) in line.char_indices() {
        if at < until {
            continue;
        }
        if is_after_space && character != ' ' {
            words.push(Word::from(&line[from..at]));
            from = at;
        }
        is_after_space = character == ' ';
        if character == '`' {
            until = line[at + 1..].find('`').map_or(at, |length| at + 1 + length + 1);
        }
    }
    words.push(Word::from(&line[from..]));
    Box::new(words.into_iter())
}

/// What the reader should know besides. What was not seen has a section of its own.
pub fn warnings(f: &mut Formatter<'_>, warnings: &[Warning]) -> fmt::Result {
    let told = warnings.iter().filter(|warning| warning.code != WarningCode::IncompleteUsage);
    section(f, "Warnings", WARNING, abridged(told.collect()))
}

/// A row for each warning. Where there are more than are shown, a few of each code: what five hundred
/// repositories have in common must not hide what only one has.
fn abridged(warnings: Vec<&Warning>) -> Vec<(String, String)> {
    let most = if warnings.len() > SHOWN { ALIKE } else { SHOWN };
    let mut by_code: BTreeMap<WarningCode, Vec<&Warning>> = BTreeMap::new();
    for warning in warnings {
        by_code.entry(warning.code).or_default().push(warning);
    }
    let rows = by_code.into_iter().flat_map(|(code, warnings)| {
        let details = warnings.into_iter().map(|warning| warning.detail.to_string());
        let rows = First::of(most, details);
        let more = rows.and_more().map(|more| format!("{more}; {ALL}"));
        let lines = rows.told.into_iter().chain(more);
        lines.map(|line| (code.to_string(), line)).collect::<Vec<_>>()
    });
    rows.collect()
}

/// The first of some names.
pub fn names(names: &[String]) -> String {
    First::of(NAMES, names).in_one_line()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_goes_on_below_itself_and_a_long_word_is_not_cut() {
        let note = format!(
            "  label  {} arn:aws:ecs:eu-west-1:111122223333:service/a/b",
            "word ".repeat(12)
        );
        let shown = folded(&note, Some(60), 9);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("  label  word"), "{shown}");
        assert!(lines[1..].iter().all(|line| line.starts_with("         ")), "{shown}");
        assert!(lines.iter().all(|line| display_width(line) <= 60), "{shown}");
        assert!(shown.contains("arn:aws:ecs:eu-west-1:111122223333:service/a/b"), "{shown}");
    }

    #[test]
    fn what_many_have_in_common_does_not_hide_what_one_has() {
        let warning = |code, detail: String| Warning { code, detail: detail.into() };
        let many = (0..300).map(|it| warning(WarningCode::OldRevisionsOnly, format!("{it:03}")));
        let one = warning(WarningCode::SizesAtMost, "one".to_owned());
        let all: Vec<Warning> = many.chain([one]).collect();
        let shown: Vec<String> = abridged(all.iter().collect())
            .into_iter()
            .map(|(code, it)| format!("{code} {it}"))
            .collect();
        let of_many = ["000", "001", "and 298 more; `--format json` has them all"]
            .map(|it| format!("old-revisions-only {it}"));
        assert_eq!(shown[..3], of_many);
        assert_eq!(shown[3..], ["sizes-at-most one"]);
        assert_eq!(abridged(all[295..].iter().collect()).len(), 6, "few are shown whole");
    }

    #[test]
    fn a_command_is_not_broken() {
        let next = "next: `ecr-sweep delete 20261128T120533.231Z` deletes these 77 images, after it has asked";
        for width in [60, 50, 30] {
            let shown = folded(next, Some(width), 0);
            assert!(shown.contains("`ecr-sweep delete 20261128T120533.231Z`"), "{shown}");
            assert_eq!(shown.replace('\n', " "), next);
            assert!(shown.contains('\n'), "{shown}");
        }
        let odd = format!("one ` alone is a letter {}", "word ".repeat(20));
        assert!(folded(&odd, Some(40), 0).lines().all(|line| display_width(line) <= 40));
    }

    #[test]
    fn beside_a_long_label_a_note_begins_further_left() {
        let note = format!("  {}  {}", "l".repeat(40), "word ".repeat(20));
        let shown = folded(&note, Some(60), 44);
        assert!(shown.lines().skip(1).all(|line| line.starts_with("    word")), "{shown}");
    }

    #[test]
    fn without_a_terminal_a_note_is_one_line() {
        let note = "word ".repeat(100);
        assert_eq!(folded(&note, None, 9), note);
    }
}

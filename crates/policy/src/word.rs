//! The nearest right word.

use strsim::{damerau_levenshtein, jaro_winkler};

/// Words longer than this are no slips of the pen, and cost time to compare.
const LONGEST: usize = 48;

/// The characters of a text that a message shows.
const SHOWN: usize = 80;

/// The known word that was most likely meant; of two that are as near, the first in the alphabet.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let plain = word.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .map(|known| (jaro_winkler(&plain, &known.replace('-', "_")), known))
        .filter(|(likeness, known)| {
            let slips = damerau_levenshtein(&plain, &known.replace('-', "_"));
            slips <= known.len() / 4 + 1 && *likeness > 0.7 || *likeness >= 0.88
        })
        .max_by(|(a, first), (b, second)| a.total_cmp(b).then_with(|| second.cmp(first)))
        .map(|(_, known)| known)
}

/// A text as messages show it: cut where it is long, and on one line.
pub(super) fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    if line.len() == text.len() && text.len() <= SHOWN {
        return text.to_owned();
    }
    let shown: String = line.chars().take(SHOWN).collect();
    format!("{shown}...")
}

/// Words as a sentence lists them: `a`, `b` or `c`.
pub(super) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: [&str; 9] = [
        "pushed_within",
        "pulled_within",
        "newest",
        "spare",
        "tags",
        "tagged",
        "releases",
        "behind_tags",
        "behind_deployed",
    ];

    #[test]
    fn a_slip_finds_its_word() {
        for (word, known) in [
            ("newst", "newest"),
            ("push_within", "pushed_within"),
            ("pushedWithin", "pushed_within"),
            ("pushed-within", "pushed_within"),
            ("tag", "tags"),
            ("release", "releases"),
            ("NEWEST", "newest"),
            ("behind_deploy", "behind_deployed"),
        ] {
            assert_eq!(nearest(word, KEEP), Some(known), "{word}");
        }
    }

    #[test]
    fn a_word_like_none_finds_none() {
        for word in ["", "keep", "x", "lifecycle", "\u{fffd}", &"newest".repeat(100)] {
            assert_eq!(nearest(word, KEEP), None, "{word}");
        }
    }

    #[test]
    fn a_long_text_is_shown_in_part() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened("two\nlines"), "two...");
        assert_eq!(shortened(&"é".repeat(100)), format!("{}...", "é".repeat(80)));
    }
}

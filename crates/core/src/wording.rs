//! Wording: what every message says in the same way.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::iter::successors;

/// An error with what led to it, in one line. Some errors print their sources themselves; these
/// are said once.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let Some(cause) = error.source() else { return text };
    for cause in causes_after(&error.to_string(), cause) {
        text = format!("{text}: {cause}");
    }
    text
}

/// A cause and what led to it, in words, the nearest first, without what is said already.
pub fn causes_after<'a>(said: &str, first: &'a (dyn Error + 'a)) -> impl Iterator<Item = String> {
    let mut said = said.to_owned();
    successors(Some(first), |cause| (*cause).source()).filter_map(move |cause| {
        let cause = cause.to_string();
        let is_new = !said.contains(&cause);
        said.clone_from(&cause);
        is_new.then_some(cause)
    })
}

/// Whether a character does something to a terminal, a line or the order of what is around it,
/// rather than being read: controls, those of C1 too, ends of lines, and what turns the direction of
/// writing.
#[must_use]
pub fn is_unreadable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

/// A text from outside as it is shown in a line: what cannot be read is escaped.
#[must_use]
pub fn in_a_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unreadable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unreadable(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// What is said where whoever failed gave no reason.
pub const NO_REASON: &str = "no reason given";

/// The noun for so many of something: `image`, `images`, `repositories`.
#[must_use]
pub fn plural(count: u64, one: &str) -> String {
    match one.strip_suffix('y') {
        _ if count == 1 => one.to_owned(),
        Some(stem) if !stem.ends_with('a') => format!("{stem}ies"),
        _ => format!("{one}s"),
    }
}

/// The first of many in words, and how many there are besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First<T> {
    /// The first.
    pub told: Vec<T>,
    /// How many more there are.
    pub more: usize,
}

impl<T> First<T> {
    /// The first of these, no more than so many.
    pub fn of(limit: usize, all: impl IntoIterator<Item = T>) -> Self {
        let mut all = all.into_iter();
        let told = all.by_ref().take(limit).collect();
        Self { told, more: all.count() }
    }

    /// The same in other words.
    #[must_use]
    pub fn map<U>(self, in_words: impl Fn(T) -> U) -> First<U> {
        First { told: self.told.into_iter().map(in_words).collect(), more: self.more }
    }

    /// `and 3 more`, if there are more.
    #[must_use]
    pub fn and_more(&self) -> Option<String> {
        (self.more > 0).then(|| format!("and {} more", self.more))
    }
}

impl<T: fmt::Display> First<T> {
    /// In one line: `a, b and 3 more`.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        let told: Vec<String> = self.told.iter().map(ToString::to_string).collect();
        match self.and_more() {
            Some(more) => format!("{} {more}", told.join(", ")),
            None => told.join(", "),
        }
    }

    /// Set apart: `a; b; and 3 more`.
    #[must_use]
    pub fn joined(&self, separator: &str) -> String {
        self.lines().collect::<Vec<_>>().join(separator)
    }

    /// Each on its own, with what is not told as the last.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.told.iter().map(ToString::to_string).chain(self.and_more())
    }
}

/// A text as a shell takes it for one word.
#[must_use]
pub fn as_a_word(text: &str) -> Cow<'_, str> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_./:@%+=,".contains(it);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_escaped_in_a_line() {
        assert_eq!(in_a_line("déjà vu \u{1f433} 日本"), "déjà vu \u{1f433} 日本");
        for (text, shown) in [
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("\u{9b}31m\u{85}\u{7f}\0", "\\u{9b}31m\\u{85}\\u{7f}\\u{0}"),
            ("\u{202e}txt\u{2066}\u{200f}\u{2028}", "\\u{202e}txt\\u{2066}\\u{200f}\\u{2028}"),
        ] {
            assert_eq!(in_a_line(text), shown);
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Told {
        text: &'static str,
        source: Option<Box<Self>>,
    }

    fn told(texts: &[&'static str]) -> Told {
        let (text, rest) = texts.split_first().unwrap();
        let source = (!rest.is_empty()).then(|| Box::new(told(rest)));
        Told { text, source }
    }

    #[test]
    fn an_error_is_told_with_each_of_its_causes_once() {
        assert_eq!(with_causes(&told(&["cannot read x"])), "cannot read x");
        assert_eq!(with_causes(&told(&["cannot read x", "denied"])), "cannot read x: denied");
        let printed_by_itself = told(&["cannot read x: denied", "denied", "no key"]);
        assert_eq!(with_causes(&printed_by_itself), "cannot read x: denied: no key");
    }

    #[test]
    fn a_text_is_one_word_of_a_shell() {
        assert_eq!(as_a_word("s3://my-sweeps/home"), "s3://my-sweeps/home");
        assert_eq!(as_a_word("my runs/it's"), r"'my runs/it'\''s'");
        assert_eq!(as_a_word(""), "''");
    }

    #[test]
    fn one_of_something_is_not_many() {
        for (one, many) in [("image", "images"), ("repository", "repositories"), ("day", "days")] {
            assert_eq!((plural(0, one), plural(1, one)), (many.to_owned(), one.to_owned()));
            assert_eq!(plural(2, one), many);
        }
    }

    #[test]
    fn of_many_the_first_are_told_and_the_others_counted() {
        assert_eq!(First::of(2, ["a", "b"]).in_one_line(), "a, b");
        assert_eq!(First::of(2, ["a", "b", "c", "d"]).in_one_line(), "a, b and 2 more");
        assert_eq!(First::of(1, ["a", "b"]).joined("; "), "a; and 1 more");
        assert_eq!(First::of(1, Vec::<&str>::new()).in_one_line(), "");
    }
}

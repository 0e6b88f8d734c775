//! Single values of the files of others.

use std::ops::RangeInclusive;

use ecr_sweep_policy::nearest;
use ecr_sweep_policy::reading::{Complaint, Field};

/// So many days are more than anybody means: two thousand years and more.
const MOST_DAYS: u64 = 999_999;

/// Everything that was read, so that every error is told; none where one could not be.
pub(crate) fn every<T>(read: impl IntoIterator<Item = Option<T>>) -> Option<Vec<T>> {
    let read: Vec<Option<T>> = read.into_iter().collect();
    read.into_iter().collect()
}

/// A whole number without quotes, in a range.
pub(crate) fn number(field: &Field<'_, '_>, range: RangeInclusive<u64>) -> Option<u64> {
    let expected = format!("a whole number without quotes, {} or more", range.start());
    field.scalar(&expected, |scalar| {
        let read = scalar.text.parse().ok().filter(|number| scalar.plain && range.contains(number));
        read.ok_or_else(|| {
            let in_quotes = if scalar.plain { "" } else { " in quotes" };
            let shown = shortened(scalar.text);
            Complaint::new(format!("`{shown}`{in_quotes} is not what goes here"), expected.as_str())
        })
    })
}

/// Days, 0 or more.
pub(crate) fn days(field: &Field<'_, '_>) -> Option<u32> {
    number(field, 0..=MOST_DAYS).and_then(|days| days.try_into().ok())
}

/// The days that a text says, such as the value of an environment variable.
pub(crate) fn days_of(text: &str) -> Option<u32> {
    text.parse().ok().filter(|days| u64::from(*days) <= MOST_DAYS)
}

/// What belongs where a number of days stands.
pub(crate) const DAYS: &str = "a whole number of days, 0 or more";

/// A text that is not empty.
pub(crate) fn text(field: &Field<'_, '_>, expected: &str) -> Option<String> {
    field.scalar(expected, |scalar| match scalar.text {
        "" => Err(Complaint::new("an empty text says nothing", expected)),
        text => Ok(text.to_owned()),
    })
}

/// One of these words.
pub(crate) fn word<'w>(field: &Field<'_, '_>, words: &[&'w str]) -> Option<&'w str> {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    let expected = quoted.join(" or ");
    field.scalar(&expected, |scalar| {
        let known = words.iter().copied().find(|word| *word == scalar.text);
        known.ok_or_else(|| {
            let close = nearest(scalar.text, words.iter().copied());
            let message = format!("`{}` is not what goes here", shortened(scalar.text));
            Complaint::new(message, expected.as_str()).suggest(close)
        })
    })
}

/// A name that is exact there, and would be a pattern here.
pub(crate) fn exact_name(field: &Field<'_, '_>, what: &str) -> Option<String> {
    let expected = format!("the name of {what}");
    let name = text(field, &expected)?;
    if is_pattern(&name) {
        let message = format!("`{name}` is taken as it stands there, so it names nothing");
        field.refuse(Complaint::new(message, expected));
        return None;
    }
    Some(name)
}

/// A pattern of `*` and `?` there, which means the same here.
pub(crate) fn wildcard(field: &Field<'_, '_>) -> Option<String> {
    const EXPECTED: &str = "a pattern: `*` for any run of characters, `?` for one";
    let pattern = text(field, EXPECTED)?;
    if pattern.starts_with('/') && pattern.ends_with('/') {
        let message =
            format!("`{pattern}` matches nothing there, and is a regular expression here");
        field.refuse(Complaint::new(message, EXPECTED));
        return None;
    }
    Some(pattern)
}

/// Whether a text would match more here than itself.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?']) || text.starts_with('/') && text.ends_with('/')
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

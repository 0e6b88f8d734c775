//! Which tags the patterns of a rule ask for.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use ecr_sweep_core::Pattern;
use ecr_sweep_policy::reading::{Complaint, Field};

use super::super::value::every;

/// What a tag may consist of: <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html>
fn is_of_a_tag(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "._-".contains(letter)
}

/// The patterns of `tagPatternList`: `*` is any run of characters.
pub(super) fn patterns(list: &Field<'_, '_>) -> Option<Vec<String>> {
    let expected = "tags in which `*` stands for any run of characters";
    texts(list, expected, |text| match text {
        "" => Err(Complaint::new("an empty pattern matches no tag", expected)),
        _ if text.chars().all(|letter| letter == '*' || is_of_a_tag(letter)) => Ok(text.to_owned()),
        _ => Err(Complaint::new(format!("no tag is as `{text}`"), expected)),
    })
}

/// The prefixes of `tagPrefixList`, as patterns. An empty one is the beginning of every tag.
pub(super) fn prefixes(list: &Field<'_, '_>) -> Option<Vec<String>> {
    let expected = "beginnings of tags";
    texts(list, expected, |text| match text {
        _ if text.chars().all(is_of_a_tag) => Ok(format!("{text}*")),
        _ if text.contains('*') => {
            let message = format!("`*` stands for itself here, so no tag begins with `{text}`");
            Err(Complaint::new(message, format!("{expected}; `tagPatternList` has patterns")))
        }
        _ => Err(Complaint::new(format!("no tag begins with `{text}`"), expected)),
    })
}

/// Every text of a list once, or none where one is wrong.
fn texts(
    list: &Field<'_, '_>,
    expected: &str,
    read: impl Fn(&str) -> Result<String, Complaint>,
) -> Option<Vec<String>> {
    let items = list.items(&format!("a list: {expected}"));
    let read = |item: &Field<'_, '_>| item.scalar(expected, |scalar| read(scalar.text));
    let mut texts = every(items.iter().map(read))?;
    let mut seen = BTreeSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    (!texts.is_empty()).then(|| needed(&texts))
}

/// The patterns without those that say nothing beside another: all have to match, and whatever matches
/// `v1*` matches `v*`.
fn needed(texts: &[String]) -> Vec<String> {
    let says_nothing = |at: usize| {
        texts.iter().enumerate().any(|(other, narrow)| {
            let is_wider = other != at && includes(&texts[at], narrow);
            is_wider && (other < at || !includes(narrow, &texts[at]))
        })
    };
    let kept = |(at, text): (usize, &String)| (!says_nothing(at)).then(|| text.clone());
    texts.iter().enumerate().filter_map(kept).collect()
}

/// Whether every tag that `narrow` matches is one that `wide` matches. A `*` of `narrow` is a
/// character like any other that only a `*` of `wide` can stand for, so it never says too much.
pub(super) fn includes(wide: &str, narrow: &str) -> bool {
    Pattern::from_str(wide).is_ok_and(|wide| wide.matches(narrow))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_no_letter_for_a_pattern_without_one() {
        assert!(!includes("v1", "v*"));
        assert!(!includes("v*", "*"));
        assert!(includes("*", "*"));
    }

    #[test]
    fn of_patterns_that_all_have_to_match_the_narrow_ones_are_left() {
        let left =
            |texts: &[&str]| needed(&texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(left(&["*", "v*", "v1*", "*-rc"]), ["v1*", "*-rc"]);
        assert_eq!(left(&["**", "*"]), ["**"]);
    }
}

//! Versions: "a prefix that ends before the first digit, then two or more numbers with dots, then a
//! pre-release after `-`, then build metadata after `+` or `_`", ordered as <https://semver.org> does.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

/// What a tag says.
pub(super) enum Tag {
    /// It does not begin like a version.
    NoVersion,
    /// It does, and cannot be read to its end.
    Unreadable,
    /// A version.
    Version(Version),
}

/// A version, with the line that its prefix makes.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) prefix: String,
    pub(super) numbers: Vec<u128>,
    pre: Option<Vec<String>>,
}

static BEGINNING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^([^0-9]*)([0-9]+(?:\.[0-9]+)+)").unwrap());
static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)^[^0-9]*[0-9]+(?:\.[0-9]+)+(?:-([^+_]+))?(?:[+_].+)?$").unwrap()
});

pub(super) fn read(tag: &str) -> Tag {
    let Some(beginning) = BEGINNING.captures(tag) else { return Tag::NoVersion };
    let Some(whole) = WHOLE.captures(tag) else { return Tag::Unreadable };
    let prefix = if &beginning[1] == "v" { String::new() } else { beginning[1].to_owned() };
    let numbers = beginning[2].split('.').map(|number| number.parse().unwrap()).collect();
    let pre = whole.get(1).map(|pre| pre.as_str().split('.').map(str::to_owned).collect());
    Tag::Version(Version { prefix, numbers, pre })
}

/// "Missing parts are 0, further parts compare after the patch."
pub(super) fn compare(left: &Version, right: &Version) -> Ordering {
    for at in 0..left.numbers.len().max(right.numbers.len()) {
        let part = |version: &Version| version.numbers.get(at).copied().unwrap_or(0);
        if part(left) != part(right) {
            return part(left).cmp(&part(right));
        }
    }
    match (&left.pre, &right.pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(left), Some(right)) => pre_releases(left, right),
    }
}

fn pre_releases(left: &[String], right: &[String]) -> Ordering {
    for (left, right) in left.iter().zip(right) {
        let number = |text: &String| text.parse::<u128>().ok().filter(|_| !text.starts_with('+'));
        let order = match (number(left), number(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => left.cmp(right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    left.len().cmp(&right.len())
}

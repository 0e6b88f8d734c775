//! Versions as tags have them: read leniently, ordered as semver orders them.

use std::cmp::Ordering;

/// What a tag says where it begins like a version.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VersionTag<'t> {
    /// A version.
    Read(Version<'t>),
    /// It cannot be read to its end.
    Unreadable,
}

/// A version, with what stands before its first digit.
#[derive(Debug, Clone)]
pub(super) struct Version<'t> {
    /// What stands before it; nothing for `v`.
    pub(super) prefix: &'t str,
    /// At least two, without the zeros at the end that say nothing.
    numbers: Vec<Number<'t>>,
    pre_release: Option<&'t str>,
    /// The tag, without a `v` before it.
    pub(super) text: &'t str,
}

/// A whole number of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number<'t>(&'t str);

impl<'t> VersionTag<'t> {
    /// None for a tag that does not begin like a version: two or more numbers with dots after what
    /// stands before the first digit.
    pub(super) fn of(tag: &'t str) -> Option<Self> {
        let (prefix, text) = tag.split_at(tag.find(|letter: char| letter.is_ascii_digit())?);
        let (numbers, rest) = numbers(text);
        if numbers.len() < 2 {
            return None;
        }
        let (prefix, text) = if prefix == "v" { ("", text) } else { (prefix, tag) };
        let is_build = |letter: char| letter == '+' || letter == '_';
        let (pre_release, build) = rest.split_at(rest.find(is_build).unwrap_or(rest.len()));
        let pre_release = match pre_release.strip_prefix('-') {
            None if pre_release.is_empty() => None,
            None | Some("") => return Some(Self::Unreadable),
            pre_release => pre_release,
        };
        if build.len() == 1 {
            return Some(Self::Unreadable);
        }
        Some(Self::Read(Version { prefix, numbers, pre_release, text }))
    }
}

impl<'t> Version<'t> {
    pub(super) fn major(&self) -> Number<'t> {
        self.numbers[0]
    }

    pub(super) fn minor(&self) -> Number<'t> {
        self.numbers[1]
    }
}

/// The numbers with dots at the beginning of a text, and what follows.
fn numbers(text: &str) -> (Vec<Number<'_>>, &str) {
    let mut numbers = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        numbers.push(Number(digits.trim_start_matches('0')));
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|letter: char| letter.is_ascii_digit()) => rest = next,
            _ => {
                while numbers.len() > 2 && numbers.last().is_some_and(|last| last.0.is_empty()) {
                    numbers.pop();
                }
                return (numbers, after);
            }
        }
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version<'_> {
    /// Neither what stands before a version nor its build metadata orders it.
    fn cmp(&self, other: &Self) -> Ordering {
        // Without zeros at the end, the one that begins the other is the smaller one.
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre_release, other.pre_release) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(own), Some(other)) => {
                own.split('.').map(Identifier::of).cmp(other.split('.').map(Identifier::of))
            }
        })
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version<'_> {}

/// A part of a pre-release, in the order that semver gives them: numbers come first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier<'t> {
    Number(Number<'t>),
    Text(&'t str),
}

impl<'t> Identifier<'t> {
    fn of(text: &'t str) -> Self {
        if !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit()) {
            Self::Number(Number(text.trim_start_matches('0')))
        } else {
            Self::Text(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(tag: &str) -> Version<'_> {
        match VersionTag::of(tag) {
            Some(VersionTag::Read(version)) => version,
            other => panic!("{tag}: {other:?}"),
        }
    }

    #[test]
    fn versions_are_ordered_as_semver_orders_them() {
        let ascending = [
            "0.9.0-a",
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0.1-x",
            "1.0.0.1",
            "1.2",
            "1.2.3",
            "1.10",
            "109.8.0_up1.0.9",
            "109.9.0_up1.0.8",
            "2026.08.01",
            "2026.11",
            "99999999999999999999999.0",
        ];
        for pair in ascending.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn zeros_that_say_nothing_and_build_metadata_make_no_other_version() {
        for (one, other) in [
            ("1.2", "1.2.0.0"),
            ("v1.2.3", "01.02.003"),
            ("1.2.3+a", "1.2.3_b-c"),
            ("1.2-rc.01", "1.2.0-rc.1_x"),
            ("0.0", "0.0.0"),
        ] {
            assert_eq!(version(one), version(other), "{one} {other}");
        }
    }

    #[test]
    fn what_stands_before_the_first_digit_is_told_but_for_a_v() {
        for (tag, prefix, text) in [
            ("v1.2", "", "1.2"),
            ("1.2", "", "1.2"),
            ("release-1.2", "release-", "release-1.2"),
            ("V1.2", "V", "V1.2"),
            ("vv1.2", "vv", "vv1.2"),
        ] {
            let version = version(tag);
            assert_eq!((version.prefix, version.text), (prefix, text));
        }
    }

    #[test]
    fn what_begins_like_a_version_and_is_none_cannot_be_read() {
        for tag in ["1.2.x", "1.2.", "1.2-", "v1.2.3rc1", "1.2-_x", "1.2_", "1.2-a+", "a-1.2.3 "] {
            assert_eq!(VersionTag::of(tag), Some(VersionTag::Unreadable), "{tag}");
        }
        let fallback = format!("sha256-{}.sig", "1".repeat(64));
        for tag in ["latest", "", "v1", "release-1", "1-2.3", "1.x", "1..2", &fallback] {
            assert_eq!(VersionTag::of(tag), None, "{tag}");
        }
    }
}

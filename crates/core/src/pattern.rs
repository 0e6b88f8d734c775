//! Patterns over names and tags.

use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};

/// `*` any run of characters (also `/`), `?` any one; `/.../` a regular expression. Always over
/// the whole name.
#[derive(Clone)]
pub struct Pattern {
    text: Box<str>,
    matcher: Matcher,
}

#[derive(Clone)]
enum Matcher {
    Exact,
    Glob(Vec<char>),
    Regex(Box<Regex>),
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPattern {
    /// Nothing matches it.
    #[error("an empty pattern matches nothing")]
    Empty,
    /// The text between the slashes is no regular expression.
    #[error("`{pattern}` is not a regular expression: {problem}")]
    Regex {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// The compiled size that a pattern may have, in bytes: a policy is somebody's input.
const REGEX_SIZE_LIMIT: usize = 1 << 20;

impl Pattern {
    /// Whether the whole name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match &self.matcher {
            Matcher::Exact => *self.text == *name,
            Matcher::Glob(glob) => glob_matches(glob, name),
            Matcher::Regex(regex) => regex.is_match(name),
        }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Matches greedily with one point of return, so in time of at most glob times name.
fn glob_matches(glob: &[char], name: &str) -> bool {
    let mut at = 0;
    let mut rest = name.chars();
    let mut back: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let before = rest.clone();
        match (glob.get(at), rest.next()) {
            (Some('*'), _) => {
                rest = before.clone();
                back = Some((at, before));
                at += 1;
                continue;
            }
            (Some('?'), Some(_)) => {
                at += 1;
                continue;
            }
            (Some(expected), Some(found)) if *expected == found => {
                at += 1;
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let Some((star, from)) = &mut back else { return false };
        if from.next().is_none() {
            return false;
        }
        at = *star + 1;
        rest = from.clone();
    }
}

impl FromStr for Pattern {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        let regex = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let matcher = match regex {
            Some("") | None if text.is_empty() || regex.is_some() => {
                return Err(NotAPattern::Empty);
            }
            Some(regex) => {
                // Alone first: `a)|(b` would become one with the parentheses around it, and
                // match a part of a name.
                compile(text, regex)?;
                Matcher::Regex(Box::new(compile(text, &format!(r"\A(?:{regex})\z"))?))
            }
            None if text.contains(['*', '?']) => Matcher::Glob(text.chars().collect()),
            None => Matcher::Exact,
        };
        Ok(Self { text: text.into(), matcher })
    }
}

fn compile(pattern: &str, regex: &str) -> Result<Regex, NotAPattern> {
    RegexBuilder::new(regex).size_limit(REGEX_SIZE_LIMIT).build().map_err(|error| {
        NotAPattern::Regex { pattern: pattern.to_owned(), problem: last_line(&error.to_string()) }
    })
}

/// The regex crate draws the expression over several lines; its last one says what is wrong.
fn last_line(problem: &str) -> String {
    let line = problem.lines().last().unwrap_or(problem);
    line.trim().trim_start_matches("error: ").to_owned()
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().matches(name)
    }

    #[test]
    fn a_bad_regular_expression_says_what_is_wrong_with_it_in_a_line() {
        let problem = "/v(/".parse::<Pattern>().unwrap_err().to_string();
        assert_eq!(problem, "`/v(/` is not a regular expression: unclosed group");
    }

    #[test]
    fn a_star_runs_over_slashes_and_a_question_mark_is_one_character() {
        for (pattern, name) in [
            ("prod/*", "prod/team/app"),
            ("*", ""),
            ("*", "a"),
            ("a*b*c", "a-b-b-c"),
            ("v?", "v1"),
            ("?", "é"),
            ("*-rc", "1-rc-rc"),
            ("latest", "latest"),
            ("a**", "a"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("prod/*", "prod"),
            ("v?", "v"),
            ("v?", "v12"),
            ("latest", "latest2"),
            ("*-rc", "1-rc-2"),
            ("a.c", "abc"),
            ("a*b*c", "a-b-"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_regular_expression_is_over_the_whole_name() {
        assert!(matches("/v[0-9]+/", "v12"));
        assert!(!matches("/v[0-9]+/", "v12-rc"));
        assert!(!matches("/a|b/", "ab"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "//", "/(/", "/a)|(b/", "/(?x)a#/", "/a{1000}{1000}{1000}/"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_pattern_is_what_was_written() {
        let pattern = |text: &str| text.parse::<Pattern>().unwrap();
        assert_eq!(pattern("a*"), pattern("a*"));
        assert_ne!(pattern("a*"), pattern("a**"));
        assert_eq!(format!("{:?} {}", pattern("a*"), pattern("/b/")), "`a*` /b/");
    }

    #[test]
    fn a_lone_slash_is_a_name() {
        assert!(matches("/", "/"));
    }
}

//! How long: durations as people write them.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A whole number of seconds, minutes, hours, days or weeks, written `90d` or `24h`.
///
/// A day is 24 hours: ages are compared in UTC.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
pub struct Age {
    #[schemars(with = "String")]
    seconds: u64,
}

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: expected a whole number and one of s, m, h, d, w, such as `90d`")]
pub struct NotAnAge(String);

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Age {
    /// So many days.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self { seconds: days as u64 * 86_400 }
    }

    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self { seconds }
    }

    /// The length in seconds.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.seconds
    }

    /// The first instant that is within this age at `now`; the beginning of time if it is earlier.
    #[must_use]
    pub fn before(self, now: Timestamp) -> Timestamp {
        i64::try_from(self.seconds)
            .ok()
            .and_then(|seconds| now.checked_sub(SignedDuration::from_secs(seconds)).ok())
            .unwrap_or(Timestamp::MIN)
    }

    /// The last instant at which `from` is within this age; the end of time if it is later.
    #[must_use]
    pub fn after(self, from: Timestamp) -> Timestamp {
        i64::try_from(self.seconds)
            .ok()
            .and_then(|seconds| from.checked_add(SignedDuration::from_secs(seconds)).ok())
            .unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for Age {
    type Err = NotAnAge;

    fn from_str(text: &str) -> Result<Self, NotAnAge> {
        let read = || {
            let unit = text.chars().next_back()?;
            let (_, seconds) = UNITS.into_iter().find(|(letter, _)| *letter == unit)?;
            let number = &text[..text.len() - 1];
            if !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let seconds = number.parse::<u64>().ok()?.checked_mul(seconds)?;
            Some(Self { seconds })
        };
        read().ok_or_else(|| NotAnAge(text.to_owned()))
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Days are what people write; whole weeks would surprise who wrote `28d`.
        let (letter, unit) = UNITS[1..]
            .iter()
            .find(|(_, unit)| self.seconds.is_multiple_of(*unit))
            .copied()
            .unwrap_or(('d', 86_400));
        f.pad(&format!("{}{letter}", self.seconds / unit))
    }
}

impl fmt::Debug for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Age {
    type Error = NotAnAge;

    fn try_from(text: String) -> Result<Self, NotAnAge> {
        text.parse()
    }
}

impl From<Age> for String {
    fn from(age: Age) -> Self {
        age.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        for (text, seconds, shown) in [
            ("90d", 7_776_000, "90d"),
            ("24h", 86_400, "1d"),
            ("60m", 3_600, "1h"),
            ("90m", 5_400, "90m"),
            ("0d", 0, "0d"),
            ("2w", 1_209_600, "14d"),
            ("61s", 61, "61s"),
        ] {
            let age: Age = text.parse().unwrap();
            assert_eq!((age.as_seconds(), age.to_string().as_str()), (seconds, shown));
            assert_eq!(format!("{age:?}"), shown);
            assert_eq!(String::from(age), shown);
            assert_eq!(Age::try_from(text.to_owned()), Ok(age));
        }
        for text in
            ["", "d", "90", "-1d", "+1d", "1.5d", "90 d", "90days", "1é", "99999999999999999999d"]
        {
            assert!(text.parse::<Age>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_age_beyond_the_beginning_of_time_takes_in_everything() {
        let age: Age = "999999999w".parse().unwrap();
        assert_eq!(age.before(Timestamp::UNIX_EPOCH), Timestamp::MIN);
        assert_eq!(Age::seconds(u64::MAX).before(Timestamp::UNIX_EPOCH), Timestamp::MIN);
        assert_eq!(age.after(Timestamp::UNIX_EPOCH), Timestamp::MAX);
        assert_eq!(Age::seconds(9).after(Timestamp::UNIX_EPOCH).as_second(), 9);
    }
}

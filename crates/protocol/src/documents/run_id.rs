//! The name of a run.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What tells one run from another: a part of the keys of everything that it stores.
///
/// 1 to 80 letters, digits, `-`, `_` and `.`, a letter or digit first: what a state machine's
/// execution may be called, too.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(#[schemars(regex(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"))] Box<str>);

/// A text that cannot name a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a run: expected 1 to 80 letters, digits, `-`, `_` and `.`, a letter or digit first"
)]
pub struct NotARunId(String);

impl RunId {
    /// The name of a run that starts at an instant, such as `20261120T101500.123Z`. Names sort as
    /// the runs started.
    #[must_use]
    pub fn at(started_at: Timestamp) -> Self {
        Self(started_at.strftime("%Y%m%dT%H%M%S.%3fZ").to_string().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = NotARunId;

    fn from_str(text: &str) -> Result<Self, NotARunId> {
        let good = text.len() <= 80
            && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if good { Ok(Self(text.into())) } else { Err(NotARunId(text.to_owned())) }
    }
}

impl TryFrom<String> for RunId {
    type Error = NotARunId;

    fn try_from(text: String) -> Result<Self, NotARunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.0.into()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_after_its_start() {
        let started_at: Timestamp = "2026-11-20T10:15:00.1234Z".parse().unwrap();
        let run = RunId::at(started_at);
        assert_eq!(run.as_str(), "20261120T101500.123Z");
        assert_eq!(run.as_str().parse(), Ok(run));
    }

    #[test]
    fn what_could_leave_its_folder_names_no_run() {
        for text in ["", ".", "..", "../up", "a/b", "-a", "a b", &"a".repeat(81), "é"] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}

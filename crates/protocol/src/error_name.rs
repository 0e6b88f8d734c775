//! What an error is called: by the functions towards Step Functions, in stored documents, by the
//! command. One table has each name with all that follows from it.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use ecr_sweep_core::coded;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Ending, ExitCode};

/// What follows from an error that ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consequence {
    /// The exit code of the command.
    pub exit_code: ExitCode,
    /// How the run has ended.
    pub ending: Ending,
    /// Whether the same call may succeed a little later.
    pub may_pass: bool,
}

/// Something went wrong that the run could not help.
const FAILED: Consequence =
    Consequence { exit_code: ExitCode::Failed, ending: Ending::Failed, may_pass: false };
/// The same, and it may pass.
const PASSING: Consequence = Consequence { may_pass: true, ..FAILED };
/// What was asked for cannot be done.
const INVALID: Consequence = Consequence { exit_code: ExitCode::Invalid, ..FAILED };
/// The run was not allowed to go on.
const REFUSED: Consequence =
    Consequence { exit_code: ExitCode::Refused, ending: Ending::Refused, may_pass: false };
/// The run was to delete, and could not know enough.
const NOTHING_DELETED: Consequence = Consequence {
    exit_code: ExitCode::NothingDeleted,
    ending: Ending::NothingDeleted,
    may_pass: false,
};

coded! {
    /// Why a step, or a run, stopped. Closed, and stable: the state machine, alarms and scripts
    /// match it. `docs/runbook.md` says of each what to do.
    pub enum ErrorName -> consequence: Consequence {
        IncompleteUsage "IncompleteUsage" "It was to delete, and something that could use images was not seen." => NOTHING_DELETED,
        AccessDenied "AccessDenied" "A call was denied, or nothing signs it any more." => FAILED,
        InvalidPolicy "InvalidPolicy" "The policy cannot be used." => INVALID,
        InvalidRequest "InvalidRequest" "What was asked for cannot be done." => INVALID,
        StalePlan "StalePlan" "The plan is too old, or something changed since." => REFUSED,
        StaleEvidence "StaleEvidence" "Usage got too old before the deletions were done." => REFUSED,
        Rejected "Rejected" "Somebody rejected the plan, or nobody answered in time." => REFUSED,
        Conflict "Conflict" "Another run holds the lock, or took it over." => REFUSED,
        LimitExceeded "LimitExceeded" "A quota of AWS is full; not a rate." => FAILED,
        Throttled "Throttled" "AWS throttled for longer than the retries last." => PASSING,
        Unavailable "Unavailable" "A service of AWS, or the run store, did not answer in time." => PASSING,
        Internal "Internal" "An unexpected error." => FAILED,
    }
}

impl ErrorName {
    /// The exit code of a command that it ends.
    #[must_use]
    pub const fn exit_code(self) -> ExitCode {
        self.consequence().exit_code
    }

    /// How a run has ended that it ends.
    #[must_use]
    pub const fn ending(self) -> Ending {
        self.consequence().ending
    }

    /// Whether the same call may succeed a little later.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        self.consequence().may_pass
    }
}

/// The name under which an error was reported: ours, or that of a crash, which Lambda and
/// Step Functions name (`Runtime.ExitError`, `Lambda.Unknown`, `States.Timeout`).
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// One of ours.
    Ours(ErrorName),
    /// Any other.
    Foreign(Box<str>),
}

impl Reported {
    /// The name as it was reported.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match self {
            Self::Ours(name) => name.as_str(),
            Self::Foreign(name) => name,
        }
    }

    /// The exit code of a command that it ends.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        self.consequence().exit_code
    }

    /// How a run has ended that it ends.
    #[must_use]
    pub const fn ending(&self) -> Ending {
        self.consequence().ending
    }

    const fn consequence(&self) -> Consequence {
        match self {
            Self::Ours(name) => name.consequence(),
            Self::Foreign(_) => FAILED,
        }
    }
}

impl PartialEq<ErrorName> for Reported {
    fn eq(&self, name: &ErrorName) -> bool {
        *self == Self::Ours(*name)
    }
}

impl From<ErrorName> for Reported {
    fn from(name: ErrorName) -> Self {
        Self::Ours(name)
    }
}

impl From<&str> for Reported {
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Foreign(text.into()), Self::Ours)
    }
}

impl FromStr for Reported {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Reported {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Reported {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Cow::<'_, str>::deserialize(deserializer)?.as_ref().into())
    }
}

impl JsonSchema for Reported {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Reported".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_as_ours_and_any_other_as_it_was_written() {
        for name in ErrorName::ALL {
            let reported: Reported = serde_json::from_value(name.as_str().into()).unwrap();
            assert_eq!(reported, name);
            assert_eq!(serde_json::to_value(&reported).unwrap(), name.as_str());
            assert_eq!(
                (reported.exit_code(), reported.ending()),
                (name.exit_code(), name.ending())
            );
        }
        let crash: Reported = serde_json::from_str(r#""Runtime.ExitError""#).unwrap();
        assert_eq!(crash, Reported::Foreign("Runtime.ExitError".into()));
        assert_eq!((crash.exit_code(), crash.ending()), (ExitCode::Failed, Ending::Failed));
    }

    #[test]
    fn a_run_ends_and_its_command_exits_by_the_same_rule() {
        for name in ErrorName::ALL {
            let of_the_ending = ExitCode::from(name.ending());
            let is_told_apart = name.exit_code() == ExitCode::Invalid;
            let expected = if is_told_apart { ExitCode::Failed } else { name.exit_code() };
            assert_eq!(of_the_ending, expected, "{name}");
        }
    }
}

//! How a run ends, and the exit code that says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The exit codes of the command. Stable: scripts match them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Done: dry run or sweep, with nothing in the way.
    Done = 0,
    /// An unexpected error.
    Failed = 1,
    /// Usage, policy, snapshot or request is invalid.
    Invalid = 2,
    /// A dry run with incomplete usage or blocked repositories.
    Incomplete = 3,
    /// It was to delete, usage was incomplete, and nothing was deleted.
    NothingDeleted = 4,
    /// It deleted, but something failed, stayed blocked, or usage was incomplete elsewhere.
    Partial = 5,
    /// Refused: the lock, a stale plan, or not confirmed.
    Refused = 6,
}

impl ExitCode {
    /// Every code, with what it means in a sentence.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Done, "Done: dry run or sweep, with nothing in the way."),
        (Self::Failed, "An unexpected error."),
        (Self::Invalid, "Usage, policy, snapshot or request is invalid."),
        (Self::Incomplete, "A dry run with incomplete usage or blocked repositories."),
        (Self::NothingDeleted, "It was to delete, usage was incomplete, and nothing was deleted."),
        (
            Self::Partial,
            "It deleted, but something failed, stayed blocked, or usage was incomplete elsewhere.",
        ),
        (Self::Refused, "Refused: the lock, a stale plan, or not confirmed."),
    ];

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.number().into()
    }
}

/// How a run ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With nothing in the way.
    Done,
    /// A dry run that saw incomplete usage or blocked repositories.
    Incomplete,
    /// It was to delete, usage was incomplete, and nothing was deleted.
    NothingDeleted,
    /// It swept, and something failed, stayed blocked, or was not seen.
    Partial,
    /// It was refused: the lock, a stale plan, or not confirmed.
    Refused,
    /// An unexpected error.
    Failed,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => Self::Done,
            Ending::Failed => Self::Failed,
            Ending::Incomplete => Self::Incomplete,
            Ending::NothingDeleted => Self::NothingDeleted,
            Ending::Partial => Self::Partial,
            Ending::Refused => Self::Refused,
        }
    }
}

//! How a run ends, and the exit code that says so.

use ecr_sweep_core::coded;

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
    /// A dry run with incomplete usage or blocked repositories; or not everything could be restored.
    Incomplete = 3,
    /// It was to delete, usage was incomplete, and nothing was deleted.
    NothingDeleted = 4,
    /// It deleted, or asked for it, but something failed, stayed blocked, or usage was incomplete elsewhere.
    Partial = 5,
    /// Refused: the lock, a stale plan, or not confirmed.
    Refused = 6,
    /// Interrupted before it was done, or before anything was deleted.
    Interrupted = 130,
}

impl ExitCode {
    /// Every code, with what it means in a sentence.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Done, "Done: dry run or sweep, with nothing in the way."),
        (Self::Failed, "An unexpected error."),
        (Self::Invalid, "Usage, policy, snapshot or request is invalid."),
        (
            Self::Incomplete,
            "A dry run with incomplete usage or blocked repositories; or not everything could be restored.",
        ),
        (Self::NothingDeleted, "It was to delete, usage was incomplete, and nothing was deleted."),
        (
            Self::Partial,
            "It deleted, or asked for it, but something failed, stayed blocked, or usage was incomplete elsewhere.",
        ),
        (Self::Refused, "Refused: the lock, a stale plan, or not confirmed."),
        (Self::Interrupted, "Interrupted before it was done, or before anything was deleted."),
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

coded! {
    /// How a run ended.
    pub enum Ending -> exit_code: ExitCode {
        Done "done" "With nothing in the way." => ExitCode::Done,
        Incomplete "incomplete" "A dry run that saw incomplete usage or blocked repositories." => ExitCode::Incomplete,
        NothingDeleted "nothing-deleted" "It was to delete, usage was incomplete, and nothing was deleted." => ExitCode::NothingDeleted,
        Partial "partial" "It swept, and something failed, stayed blocked, or was not seen." => ExitCode::Partial,
        Refused "refused" "It was refused: the lock, a stale plan, or not confirmed." => ExitCode::Refused,
        Interrupted "interrupted" "It was interrupted before it was done; if it was to delete, before anything was deleted." => ExitCode::Interrupted,
        Failed "failed" "An unexpected error." => ExitCode::Failed,
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        ending.exit_code()
    }
}

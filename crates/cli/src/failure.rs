//! What ends a command early.

use ecr_sweep_import::Tool;
use ecr_sweep_policy::PolicyErrors;
use ecr_sweep_protocol::ExitCode;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What ends a command early, with all that its reader has to know.
#[derive(Debug)]
pub enum Failure {
    /// The policy is not good.
    Policy {
        /// Everything that is wrong with it.
        errors: PolicyErrors,
        /// Its text.
        text: String,
    },
    /// What another cleaner was told is no policy.
    Imported {
        /// The cleaner.
        tool: Tool,
        /// Everything that is wrong with it.
        errors: PolicyErrors,
        /// Its text.
        text: String,
    },
    /// Something else.
    Other(Box<FailedAct>),
}

/// One act that did not succeed.
#[derive(Debug)]
pub struct FailedAct {
    /// The act and its object.
    pub message: String,
    /// What kept it from succeeding.
    pub source: Option<BoxError>,
    /// The next step: a command to try, or what to change.
    pub next: Option<String>,
    /// The exit code.
    pub exit_code: ExitCode,
}

impl Failure {
    /// A failure that names the act and its object.
    pub fn new(exit_code: ExitCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Other(Box::new(FailedAct { message, source: None, next: None, exit_code }))
    }

    /// Something that was asked for is not right.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Invalid, message)
    }

    /// With what kept it from succeeding.
    pub fn because(mut self, source: impl Into<BoxError>) -> Self {
        if let Self::Other(act) = &mut self {
            act.source = Some(source.into());
        }
        self
    }

    /// With the next step.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        if let Self::Other(act) = &mut self {
            act.next = Some(next.into());
        }
        self
    }

    /// With another exit code.
    pub fn ending_with(mut self, exit_code: ExitCode) -> Self {
        if let Self::Other(act) = &mut self {
            act.exit_code = exit_code;
        }
        self
    }

    /// The exit code.
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Policy { .. } | Self::Imported { .. } => ExitCode::Invalid,
            Self::Other(act) => act.exit_code,
        }
    }
}

impl From<std::io::Error> for Failure {
    /// The result could not be written to standard output.
    fn from(error: std::io::Error) -> Self {
        Self::new(ExitCode::Failed, "cannot write the result").because(error)
    }
}

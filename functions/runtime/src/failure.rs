//! Errors under the fixed names that the state machine matches.

use ecr_sweep_aws::SessionError;
use ecr_sweep_core::wording::with_causes;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_steps::StepError;
use ecr_sweep_steps::functions::NotASetting;
use lambda_runtime::Diagnostic;

/// What ends an invocation in an error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A step failed.
    #[error(transparent)]
    Step(#[from] StepError),
    /// There is no Region, or no account.
    #[error(transparent)]
    Session(SessionError),
    /// The deployment is not good.
    #[error(transparent)]
    Setting(#[from] NotASetting),
    /// The deployment is not good.
    #[error("the deployment is not good: {0}")]
    Environment(String),
    /// The request is not one.
    #[error("the request cannot be read: {0}")]
    Request(serde_json::Error),
}

impl Failure {
    /// The fixed name: without it Lambda would report the name of a Rust type.
    pub(crate) fn name(&self) -> ErrorName {
        match self {
            Self::Step(error) => error.name(),
            Self::Session(_) | Self::Setting(_) | Self::Environment(_) => ErrorName::Internal,
            Self::Request(_) => ErrorName::InvalidRequest,
        }
    }

    /// The error with its sources and what to do next, in one line.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::Step(error) => error.in_full(),
            other => with_causes(other),
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Aws(error) => Self::Step(StepError::Aws(error)),
            other => Self::Session(other),
        }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name().to_string(), error_message: failure.in_full() }
    }
}

#[cfg(test)]
mod tests {
    use ecr_sweep_protocol::NextStep;

    use super::*;

    #[test]
    fn an_error_reports_its_fixed_name_and_what_to_do_next() {
        let failure = Failure::from(StepError::Conflict {
            problem: "the run `r` is deleting".to_owned(),
            next: NextStep::PlanAgain,
        });
        let reported = Diagnostic::from(failure);
        assert_eq!(reported.error_type, "Conflict");
        assert_eq!(reported.error_message, "the run `r` is deleting; plan again");
    }

    #[test]
    fn a_request_that_is_none_is_invalid() {
        let error = serde_json::from_str::<u8>("{}").unwrap_err();
        assert_eq!(Diagnostic::from(Failure::Request(error)).error_type, "InvalidRequest");
    }
}

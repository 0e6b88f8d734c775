//! The deployed state machine, from a run store that is its bucket.

use ecr_sweep_aws::{AwsErrorKind, NotAStateMachine, Sessions, StateMachine};
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_steps::StepError;

use crate::args::StateMachineArguments;
use crate::failure::Failure;

/// The state machine that is named. No call is made.
pub fn machine(
    sessions: &Sessions,
    arguments: &StateMachineArguments,
) -> Result<StateMachine, Failure> {
    StateMachine::new(sessions, &arguments.state_machine).map_err(|error: NotAStateMachine| {
        Failure::invalid(error.to_string())
            .next("name it with `--state-machine NAME`, or by its ARN")
    })
}

/// What a call to the state machine failed with. One that is not there is not deployed here.
pub fn failed(machine: &StateMachine, error: StepError) -> Failure {
    match &error {
        StepError::Aws(aws) if aws.kind == AwsErrorKind::NotFound => {
            Failure::new(ExitCode::Invalid, format!("there is no state machine {}", machine.arn()))
                .because(error)
                .next("deploy it, or name another one with `--state-machine`; `--region` and `--profile` say where it is")
        }
        _ => error.into(),
    }
}

/// The exit code of a run that its state machine ended with this error.
pub fn exit_code(error: &str) -> ExitCode {
    match error {
        "IncompleteUsage" => ExitCode::NothingDeleted,
        "StaleEvidence" | "StalePlan" | "Conflict" | "Rejected" => ExitCode::Refused,
        "InvalidRequest" | "InvalidPolicy" | "LimitExceeded" => ExitCode::Invalid,
        _ => ExitCode::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_state_machine_has_the_exit_code_of_the_command() {
        for (error, code) in [
            ("IncompleteUsage", ExitCode::NothingDeleted),
            ("StalePlan", ExitCode::Refused),
            ("Rejected", ExitCode::Refused),
            ("InvalidPolicy", ExitCode::Invalid),
            ("Throttled", ExitCode::Failed),
            ("TimedOut", ExitCode::Failed),
        ] {
            assert_eq!(exit_code(error), code, "{error}");
        }
    }
}

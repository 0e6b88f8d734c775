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
    named(sessions, &arguments.state_machine)
}

/// The state machine of this name or ARN. No call is made.
pub fn named(sessions: &Sessions, name: &str) -> Result<StateMachine, Failure> {
    StateMachine::new(sessions, name).map_err(|error: NotAStateMachine| {
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

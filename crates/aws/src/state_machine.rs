//! The deployed state machine: its executions are runs.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::SdkError;
use aws_sdk_sfn::types::ExecutionStatus;
use ecr_sweep_core::{NotAPlace, Place};
use jiff::Timestamp;

use crate::answer::Answers;
use crate::call::Call;
use crate::sessions::clients::{client, in_region};
use crate::time::timestamp;
use crate::{AwsError, Sessions};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html>
const ANSWERS: Answers = &[
    ("DescribeExecution", &["startDate", "status"]),
    ("SendTaskSuccess", &[]),
    ("StartExecution", &["executionArn", "startDate"]),
];

/// A state machine that sweeps, in one account and Region. A call is made by no other method than
/// those that are `async`.
#[derive(Debug, Clone)]
pub struct StateMachine {
    client: Client,
    partition: Box<str>,
    place: Place,
    name: Box<str>,
}

/// A text that names no state machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAStateMachine {
    /// It is neither a name nor an ARN.
    #[error("`{0}` is neither the name nor the ARN of a state machine")]
    Text(Box<str>),
    /// It is an ARN of no account, or of no Region.
    #[error("the ARN `{arn}` is of no account and Region")]
    Place {
        /// The ARN.
        arn: Box<str>,
        /// What is wrong with it.
        source: NotAPlace,
    },
}

/// An execution that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Its ARN.
    pub execution_arn: Box<str>,
    /// When.
    pub started_at: Timestamp,
}

/// How an execution stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// What it does, or how it ended.
    pub status: Status,
    /// When it started.
    pub started_at: Timestamp,
}

/// What an execution does, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It is under way, or waits to be taken up again.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended in an error: failed, timed out or aborted.
    Failed {
        /// The error's name, such as `IncompleteUsage`.
        error: Box<str>,
        /// The same in words, where the state machine says so.
        cause: Option<Box<str>>,
    },
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The state machine goes on with it.
    Taken,
    /// Nobody waits for it any more: it was answered before, timed out, or was stopped.
    TooLate,
}

impl StateMachine {
    /// The state machine of this name in the session's account and Region, or of this ARN.
    pub fn new(sessions: &Sessions, name_or_arn: &str) -> Result<Self, NotAStateMachine> {
        let (partition_of_arn, place, name) = if name_or_arn.starts_with("arn:") {
            parse(name_or_arn)?
        } else {
            // Where a session is, its caller is, too: `arn:aws:sts::111122223333:...`.
            let partition = sessions.caller_arn().split(':').nth(1).unwrap_or("aws");
            (partition, sessions.home().clone(), name_or_arn)
        };
        if !is_name(name) {
            return Err(NotAStateMachine::Text(name_or_arn.into()));
        }
        let config = in_region(sessions.client_config(), &place);
        let client = client!(aws_sdk_sfn, &config, &place, "states", ANSWERS);
        Ok(Self { client, partition: partition_of_arn.into(), place, name: name.into() })
    }

    /// The account and Region that it is in.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        self.arn_of("stateMachine", &self.name)
    }

    /// The ARN of its execution of this name.
    #[must_use]
    pub fn execution_arn(&self, execution: &str) -> String {
        self.arn_of("execution", &format!("{}:{execution}", self.name))
    }

    fn arn_of(&self, kind: &str, name: &str) -> String {
        let Self { partition, place: Place { account, region }, .. } = self;
        format!("arn:{partition}:states:{region}:{account}:{kind}:{name}")
    }

    /// Starts an execution. One of this name and input that runs already is given back.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
    pub async fn start(&self, execution: &str, input: String) -> Result<Started, AwsError> {
        let call = Call::new("states", "StartExecution", &self.place).about(&self.name);
        let started = self
            .client
            .start_execution()
            .state_machine_arn(self.arn())
            .name(execution)
            .input(input)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let started_at = timestamp(&call, "startDate", Some(started.start_date()))?;
        Ok(Started {
            execution_arn: started.execution_arn.into(),
            started_at: started_at.ok_or_else(|| call.unreadable("it has no startDate"))?,
        })
    }

    /// How the execution of this name stands. None: there is none, or it ended more than 90 days
    /// ago.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
    pub async fn execution(&self, execution: &str) -> Result<Option<Execution>, AwsError> {
        let call = Call::new("states", "DescribeExecution", &self.place).about(execution);
        let described =
            self.client.describe_execution().execution_arn(self.execution_arn(execution)).send();
        let described = match described.await {
            Ok(described) => described,
            Err(SdkError::ServiceError(error)) if error.err().is_execution_does_not_exist() => {
                return Ok(None);
            }
            Err(error) => return Err(call.failed(error)),
        };
        let failed = |error: &str| Status::Failed {
            error: described.error().unwrap_or(error).into(),
            cause: described.cause().map(Into::into),
        };
        let status = match described.status() {
            ExecutionStatus::Running | ExecutionStatus::PendingRedrive => Status::Running,
            ExecutionStatus::Succeeded => Status::Succeeded,
            ExecutionStatus::Failed => failed("Failed"),
            ExecutionStatus::TimedOut => failed("TimedOut"),
            ExecutionStatus::Aborted => failed("Aborted"),
            other => return Err(call.unreadable(format!("`{other}` is no status"))),
        };
        let started_at = timestamp(&call, "startDate", Some(described.start_date()))?;
        let started_at = started_at.ok_or_else(|| call.unreadable("it has no startDate"))?;
        Ok(Some(Execution { status, started_at }))
    }

    /// Answers the task that waits with this token.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>
    pub async fn answer(&self, task_token: &str, output: String) -> Result<Answered, AwsError> {
        let call = Call::new("states", "SendTaskSuccess", &self.place).about(&self.name);
        let sent = self.client.send_task_success().task_token(task_token).output(output).send();
        match sent.await {
            Ok(_) => Ok(Answered::Taken),
            Err(SdkError::ServiceError(error))
                if error.err().is_task_timed_out() || error.err().is_task_does_not_exist() =>
            {
                Ok(Answered::TooLate)
            }
            Err(error) => Err(call.failed(error)),
        }
    }
}

/// `arn:<partition>:states:<Region>:<account>:stateMachine:<name>`
fn parse(arn: &str) -> Result<(&str, Place, &str), NotAStateMachine> {
    let parts: Vec<&str> = arn.split(':').collect();
    let [_, partition, "states", region, account, "stateMachine", name] = parts[..] else {
        return Err(NotAStateMachine::Text(arn.into()));
    };
    let not_a_place = |source| NotAStateMachine::Place { arn: arn.into(), source };
    let place = Place {
        account: account.parse().map_err(not_a_place)?,
        region: region.parse().map_err(not_a_place)?,
    };
    Ok((partition, place, name))
}

/// 1 to 80 characters. AWS takes others in names, too, which then cannot be written to its logs.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>
fn is_name(name: &str) -> bool {
    (1..=80).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(text: &str) -> Result<String, NotAStateMachine> {
        let home = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let sessions = Sessions::simulated("http://127.0.0.1:9", home);
        StateMachine::new(&sessions, text).map(|machine| machine.execution_arn("r1"))
    }

    #[test]
    fn a_name_is_of_the_session_and_an_arn_of_its_own_place() {
        assert_eq!(
            machine("ecr-sweep").unwrap(),
            "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:r1"
        );
        assert_eq!(
            machine("arn:aws-cn:states:cn-north-1:444455556666:stateMachine:other").unwrap(),
            "arn:aws-cn:states:cn-north-1:444455556666:execution:other:r1"
        );
    }

    #[test]
    fn what_names_no_state_machine_is_refused() {
        for text in [
            "",
            "a b",
            "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:r1",
            "arn:aws:states:eu-west-1:1:stateMachine:ecr-sweep",
            "arn:aws:lambda:eu-west-1:111122223333:function:ecr-sweep",
        ] {
            assert!(machine(text).is_err(), "{text}");
        }
    }
}

//! Executions of the state machine.

use std::time::{Duration, Instant};

use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::Value;

use crate::stage::{Deployed, RUNTIME};

/// How long an execution may take, and what is waited for in one.
const PATIENCE: Duration = Duration::from_mins(3);

/// An execution that ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) arn: String,
    pub(crate) status: ExecutionStatus,
    pub(crate) error: String,
    pub(crate) cause: String,
    pub(crate) seconds: f64,
}

impl Ended {
    pub(crate) fn assert_succeeded(&self) {
        assert_eq!(self.status, ExecutionStatus::Succeeded, "{self:?}");
    }

    /// It failed under this name.
    pub(crate) fn assert_failed(&self, error: &str) {
        assert_eq!((&self.status, &*self.error), (&ExecutionStatus::Failed, error), "{self:?}");
    }
}

impl Deployed {
    /// Starts an execution, and gives its ARN. Its name is the run's.
    pub(crate) fn start(&self, run: &str, input: &Value) -> String {
        let started = self
            .sfn
            .start_execution()
            .state_machine_arn(&self.machine)
            .name(run)
            .input(input.to_string());
        RUNTIME.block_on(started.send()).unwrap().execution_arn
    }

    /// Runs an execution to its end.
    pub(crate) fn run(&self, run: &str, input: &Value) -> Ended {
        let start = Instant::now();
        let arn = self.start(run, input);
        let ended = self.end_of(&arn);
        Ended { seconds: start.elapsed().as_secs_f64(), ..ended }
    }

    /// Waits for the end of an execution.
    pub(crate) fn end_of(&self, arn: &str) -> Ended {
        let start = Instant::now();
        let described = wait_for("the execution to end", || {
            let describe = self.sfn.describe_execution().execution_arn(arn);
            let described = RUNTIME.block_on(describe.send()).unwrap();
            (*described.status() != ExecutionStatus::Running).then_some(described)
        });
        Ended {
            arn: arn.to_owned(),
            status: described.status,
            error: described.error.unwrap_or_default(),
            cause: described.cause.unwrap_or_default(),
            seconds: start.elapsed().as_secs_f64(),
        }
    }
}

/// Waits until there is what is waited for.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

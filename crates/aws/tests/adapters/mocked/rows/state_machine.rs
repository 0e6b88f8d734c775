//! Step Functions.

use ecr_sweep_aws::{Sessions, StateMachine};
use serde_json::json;

use super::{Row, act, told};
use crate::world::{ACCOUNT, REGION};

fn machine(sessions: &Sessions) -> StateMachine {
    StateMachine::new(sessions, "ecr-sweep").unwrap()
}

/// The runs of a deployed state machine.
pub(super) fn state_machine() -> Vec<Row> {
    let execution = format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:ecr-sweep:r1");
    vec![
        Row::of(
            "states:StartExecution",
            &json!({ "executionArn": execution, "startDate": 1_764_000_000 }),
            act!(|it| machine(&it).start("r1", "{}".to_owned()).await.map(|it| it.started_at)),
            "2025-11-24T16:00:00Z",
        )
        .or_gone("StateMachineDoesNotExist", None),
        Row::of(
            "states:DescribeExecution",
            &json!({ "status": "ABORTED", "startDate": 1_764_000_000 }),
            act!(|it| machine(&it).execution("r1").await.map(|it| it.map(|it| it.status))),
            r#"Some(Failed { error: "Aborted", cause: None })"#,
        )
        .or_gone("ExecutionDoesNotExist", Some("None")),
        Row::of(
            "states:SendTaskSuccess",
            &json!({}),
            act!(|it| machine(&it).answer("token", "{}".to_owned()).await),
            "Taken",
        )
        .or_gone("TaskTimedOut", Some("TooLate"))
        .or_gone("TaskDoesNotExist", Some("TooLate")),
    ]
}

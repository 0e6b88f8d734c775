//! What calls are answered instead, and which were made.

use std::collections::BTreeMap;

use ecr_sweep_aws_sim::{Effect, Fault};

/// What every call to an operation, such as `ecs:ListTasks`, is answered.
#[must_use]
pub fn fault(operation: &str, effect: Effect) -> Fault {
    Fault {
        operation: operation.parse().unwrap(),
        account: None,
        region: None,
        object: None,
        after: 0,
        times: None,
        effect,
    }
}

/// A refusal with this code.
#[must_use]
pub fn error(code: &str) -> Effect {
    Effect::Error { code: code.to_owned(), status: 400, message: "not this time".to_owned() }
}

/// The calls that change something, whatever the service.
#[must_use]
pub fn changing_calls(counts: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let reads = [
        "Describe",
        "List",
        "Lookup",
        "Get",
        "BatchGet",
        "BatchCheck",
        "AssumeRole",
        "Search",
        "Simulate",
    ];
    let mut counts = counts.clone();
    counts.retain(|operation, _| {
        let (_, name) = operation.split_once(':').unwrap();
        !reads.iter().any(|read| name.starts_with(read))
    });
    counts
}

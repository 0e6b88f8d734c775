//! What the machine says to the functions, and whether they understand it.

use std::collections::BTreeSet;

use ecr_sweep_protocol::functions::{
    DeleteBatchCall, ListReposCall, NotifyCall, PlanRepoCall, ScanUsageCall,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::definition::{every, machines};
use super::ways::Ways;

fn understood<T: DeserializeOwned>(payload: Value) -> Result<(), String> {
    serde_json::from_value::<T>(payload).map(drop).map_err(|error| error.to_string())
}

fn by(function: &str, payload: Value) -> Result<(), String> {
    match function {
        "list-repos" => understood::<ListReposCall>(payload),
        "scan-usage" => understood::<ScanUsageCall>(payload),
        "plan-repo" => understood::<PlanRepoCall>(payload),
        "delete-batch" => understood::<DeleteBatchCall>(payload),
        "notify" => understood::<NotifyCall>(payload),
        _ => Err("there is no such function".to_owned()),
    }
}

#[test]
fn every_call_on_every_way_is_understood() {
    let ways = Ways::all();
    let mut tasks = BTreeSet::new();
    for visit in &ways.visits {
        let state = ways.state(visit);
        if let Some(function) = state.function() {
            let payload = ways.payload(visit);
            let answer = by(function, payload.clone());
            assert_eq!(answer, Ok(()), "{} says {payload}", visit.name);
            tasks.insert(visit.name.clone());
        }
    }
    let all: BTreeSet<String> =
        every(&machines(), "Task").map(|(_, state)| state.name.clone()).collect();
    assert_eq!(tasks, all, "tasks that no way comes to");
}

/// What serde says to an act that it does not know names those it does.
#[test]
fn every_act_of_a_function_is_called() {
    let machines = machines();
    for function in ["list-repos", "scan-usage", "plan-repo", "delete-batch", "notify"] {
        let called: BTreeSet<&str> = every(&machines, "Task")
            .filter(|(_, state)| state.function() == Some(function))
            .map(|(_, state)| state.act())
            .collect();
        let refusal = by(function, serde_json::json!({ "act": "?" })).unwrap_err();
        let (_, expected) = refusal.split_once("expected").unwrap();
        let known: BTreeSet<&str> = expected.split('`').skip(1).step_by(2).collect();
        assert_eq!(called, known, "{function}");
    }
}

#[test]
fn a_function_that_is_not_done_is_called_again_with_its_cursor() {
    let ways = Ways::all();
    for name in ["ScanScope", "IndexUsage", "PlanRepo", "LimitRun", "DeleteInRepo"] {
        assert!(ways.of(name).any(|visit| ways.payload(visit)["cursor"].is_null()), "{name}");
        assert!(ways.of(name).any(|visit| ways.payload(visit)["cursor"]["calls"] == 1), "{name}");
    }
}

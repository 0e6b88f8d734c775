//! What grows with the number of items: the state, and the bill.

use serde_json::Value;

use super::definition::{Machine, every, machines};

/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const PAYLOAD: usize = 256 * 1024;

/// How many items a Map must stand.
const ITEMS: usize = 10_000;

fn children(machines: &[Machine]) -> impl Iterator<Item = &Machine> {
    machines.iter().filter(|machine| !machine.is_whole())
}

/// A Map's output is its children's outputs together. The `ResultWriter` puts them into the store,
/// but local interpreters have none.
#[test]
fn the_output_of_ten_thousand_children_fits_into_a_state() {
    for machine in children(&machines()) {
        for state in machine.states.values().filter(|state| state.is_last()) {
            let path = machine.path(&state.name);
            assert_eq!(state.kind(), "Pass", "{path}");
            for field in ["Parameters", "ResultPath", "OutputPath"] {
                assert!(!state.fields.contains_key(field), "{path} ends in more than a constant");
            }
            let constant = serde_json::to_string(&state.fields["Result"]).unwrap();
            assert!((constant.len() + 1) * ITEMS + 1 < PAYLOAD, "{path}: {constant}");
        }
    }
}

#[test]
fn a_map_leaves_the_state_as_it_was() {
    let machines = machines();
    for (machine, state) in every(&machines, "Map") {
        let path = machine.path(&state.name);
        assert_eq!(state.fields.get("ResultPath"), Some(&Value::Null), "{path}");
        let writer = &state.fields["ResultWriter"]["Parameters"];
        let prefix = writer["Prefix.$"].as_str().unwrap();
        assert!(prefix.starts_with("States.Format('sweeps/{}/map/"), "{path}: {prefix}");
    }
}

/// Local interpreters run `JSONPath`, arrays in S3, and no batches.
#[test]
fn every_map_is_distributed_over_an_array_in_the_store_and_bounded() {
    let machines = machines();
    for (machine, state) in every(&machines, "Map") {
        let path = machine.path(&state.name);
        let processor = &state.fields["ItemProcessor"]["ProcessorConfig"];
        assert_eq!(processor["Mode"], "DISTRIBUTED", "{path}");
        assert_eq!(processor["ExecutionType"], "STANDARD", "{path}");
        let reader = &state.fields["ItemReader"];
        assert_eq!(reader["Resource"], "arn:aws:states:::s3:getObject", "{path}");
        assert_eq!(reader["ReaderConfig"]["InputType"], "JSON", "{path}");
        assert!(!state.text("MaxConcurrencyPath").is_empty(), "{path}");
        for field in ["ItemBatcher", "MaxConcurrency", "QueryLanguage"] {
            assert!(!state.fields.contains_key(field), "{path}: {field}");
        }
    }
}

/// The most states that a child goes through without going back.
fn longest(machine: &Machine, from: &str, before: &[&str]) -> usize {
    let state = &machine.states[from];
    let way: Vec<&str> = before.iter().copied().chain([state.name.as_str()]).collect();
    state
        .steps()
        .iter()
        .filter(|next| !way.contains(next))
        .map(|next| longest(machine, next, &way))
        .max()
        .unwrap_or(0)
        + 1
}

/// A repository is one child of the inner Map. Each further call of its function is a Task and a
/// Choice more; whether the Map itself counts one for each child is not documented.
#[test]
fn a_dry_run_takes_at_most_twelve_transitions_for_a_repository() {
    let machines = machines();
    let child =
        children(&machines).find(|machine| machine.maps == ["PlanRepos", "PlanRegistry"]).unwrap();
    let of_the_map = 1;
    let further_call = 2;
    let further_calls = 3;
    let transitions = longest(child, &child.start, &[]) + of_the_map + further_calls * further_call;
    assert!(transitions <= 12, "{transitions}");
}

//! What is tried again, what is caught, and how it ends.

use ecr_sweep_protocol::ErrorName;
use serde_json::{Value, json};

use super::definition::{State, every, machines};

fn names(of: &Value) -> Vec<&str> {
    of["ErrorEquals"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// Whether a state does something that can fail.
fn works(state: &State) -> bool {
    matches!(state.kind(), "Task" | "Map")
}

#[test]
fn every_name_of_an_error_exists() {
    for machine in machines() {
        for state in machine.states.values() {
            for rule in state.list("Retry").iter().chain(state.list("Catch")) {
                for name in names(rule) {
                    // Nothing else is reported by a function.
                    let known = name.parse::<ErrorName>().is_ok()
                        || name.starts_with("States.")
                        || name.starts_with("Lambda.");
                    assert!(known, "{}: {name}", machine.path(&state.name));
                }
            }
        }
    }
}

/// A retry of everything would call a broken function for hours, and one without jitter has all
/// children come back at the same moment.
#[test]
fn only_named_errors_are_tried_again_and_not_for_ever() {
    for machine in machines() {
        for state in machine.states.values().filter(|state| works(state)) {
            let path = machine.path(&state.name);
            assert!(!state.list("Retry").is_empty(), "{path} gives up at once");
            for retry in state.list("Retry") {
                assert!(!names(retry).contains(&"States.ALL"), "{path}");
                assert!(!names(retry).contains(&"States.TaskFailed"), "{path}");
                assert_eq!(retry["JitterStrategy"], "FULL", "{path}");
                let attempts = retry["MaxAttempts"].as_u64();
                assert!(attempts.is_some_and(|attempts| (1..=5).contains(&attempts)), "{path}");
                let delay = retry["MaxDelaySeconds"].as_u64();
                assert!(delay.is_some_and(|delay| (1..=300).contains(&delay)), "{path}");
            }
        }
    }
}

#[test]
fn every_task_tries_again_what_may_pass() {
    let machines = machines();
    for (machine, state) in every(&machines, "Task") {
        let tried: Vec<&str> = state.list("Retry").iter().flat_map(names).collect();
        let passing = ErrorName::ALL.into_iter().filter(|name| name.may_pass());
        for name in passing.map(ErrorName::as_str).chain(["Lambda.TooManyRequestsException"]) {
            assert!(tried.contains(&name), "{}: {name}", machine.path(&state.name));
        }
    }
}

/// A second Map Run would do all of the first one again.
#[test]
fn a_map_is_tried_again_only_before_its_first_child() {
    let machines = machines();
    for (machine, state) in every(&machines, "Map") {
        let tried: Vec<&str> = state.list("Retry").iter().flat_map(names).collect();
        assert_eq!(tried, ["States.ItemReaderFailed"], "{}", machine.path(&state.name));
    }
}

#[test]
fn every_failure_of_the_whole_is_told_and_ends_in_a_fail() {
    let machines = machines();
    let whole = &machines[0];
    for state in whole.states.values().filter(|state| works(state)) {
        let catch_all = state.list("Catch").last().unwrap();
        assert_eq!(names(catch_all), ["States.ALL"], "{}", state.name);
        let notice = &whole.states[catch_all["Next"].as_str().unwrap()];
        if state.name.starts_with("Report") {
            assert_eq!(notice.kind(), "Fail", "{}", state.name);
            assert_eq!(catch_all["ResultPath"], Value::Null, "the first error is the one to see");
            continue;
        }
        assert_eq!(notice.function(), Some("notify"), "{}", state.name);
        let ends: Vec<&str> = whole
            .reachable(&notice.name)
            .into_iter()
            .filter(|name| whole.states[*name].is_last())
            .map(|name| whole.states[name].kind())
            .collect();
        assert_eq!(ends, ["Fail"], "{}", state.name);
    }
}

/// The state that a Fail ends with must say which error it was.
#[test]
fn every_fail_takes_its_name_and_its_cause_from_the_state() {
    let machines = machines();
    for (machine, state) in every(&machines, "Fail") {
        assert!(machine.is_whole(), "a child that fails stops the others: {}", state.name);
        assert!(!state.text("ErrorPath").is_empty(), "{}", state.name);
        assert!(!state.text("CausePath").is_empty(), "{}", state.name);
    }
}

/// One repository never stops the others, and one scope neither.
#[test]
fn what_fails_in_a_child_is_written_down_and_the_child_ends_well() {
    let machines = machines();
    for machine in machines.iter().filter(|machine| !machine.is_whole()) {
        let first = &machine.states[&machine.start];
        if first.kind() == "Map" {
            continue;
        }
        assert_eq!(names(&first.list("Catch")[0]), ["States.ALL"], "{}", first.name);
        let record = &machine.states[first.list("Catch")[0]["Next"].as_str().unwrap()];
        assert_eq!(record.act(), "failed", "{}", record.name);
        assert_eq!(record.function(), first.function(), "{}", record.name);
        // A record that cannot be written must fail the Map: what is missing would look like
        // "nothing there".
        assert!(record.list("Catch").is_empty(), "{}", record.name);
        assert!(machine.states[record.text("Next")].is_last(), "{}", record.name);
    }
}

#[test]
fn a_map_fails_with_its_first_child_that_fails() {
    let machines = machines();
    for (machine, state) in every(&machines, "Map") {
        let path = machine.path(&state.name);
        assert_eq!(state.fields["ToleratedFailurePercentage"], json!(0), "{path}");
        assert_eq!(state.fields.get("ToleratedFailureCount"), None, "{path}");
    }
}

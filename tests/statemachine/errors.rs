//! What is tried again, what is caught, and how it ends.

use ecr_sweep_protocol::ErrorName;
use serde_json::{Value, json};

use super::definition::{State, every, machines};

fn names(of: &Value) -> Vec<&str> {
    of["ErrorEquals"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// A call that Lambda turned away: it did no work.
const TURNED_AWAY: &str = "Lambda.TooManyRequestsException";

/// How a function's process ends without an error of its own.
const CRASHES: [&str; 3] = ["Runtime.ExitError", "Sandbox.Timedout", "Lambda.Unknown"];

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
                        || name.starts_with("Lambda.")
                        || CRASHES.contains(&name);
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
                let most = if names(retry) == [TURNED_AWAY] { 2000 } else { 5 };
                let attempts = retry["MaxAttempts"].as_u64();
                assert!(attempts.is_some_and(|attempts| (1..=most).contains(&attempts)), "{path}");
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
        for name in passing.map(ErrorName::as_str).chain([TURNED_AWAY]) {
            assert!(tried.contains(&name), "{}: {name}", machine.path(&state.name));
        }
    }
}

/// A new account runs few functions at once, and calls take up to a quarter of an hour: who is
/// turned away waits for as long as it takes. Each try is three events of the 25,000 that an
/// execution may have.
#[test]
fn a_call_that_is_turned_away_waits_for_a_day_and_more() {
    let machines = machines();
    for (machine, state) in every(&machines, "Task") {
        let path = machine.path(&state.name);
        let of_them: Vec<&Value> = state
            .list("Retry")
            .iter()
            .filter(|retry| names(retry).contains(&TURNED_AWAY))
            .collect();
        assert_eq!(of_them.len(), 1, "{path}");
        assert_eq!(names(of_them[0]), [TURNED_AWAY], "{path}: other errors would wait as long");
        let number = |field: &str| of_them[0][field].as_u64().unwrap();
        // With full jitter, a pause is half of the longest on average.
        assert!(number("MaxAttempts") * number("MaxDelaySeconds") / 2 > 24 * 3600, "{path}");
        assert!(number("MaxAttempts") * 3 < 25_000 / 2, "{path}");
    }
}

#[test]
fn a_function_that_crashes_is_called_once_more() {
    let machines = machines();
    for (machine, state) in every(&machines, "Task") {
        let path = machine.path(&state.name);
        let retry = state.list("Retry").iter().find(|retry| names(retry) == CRASHES);
        assert_eq!(retry.expect(&path)["MaxAttempts"], 1, "{path}");
    }
}

/// What the children left is in the run store by then, and what they did not is missed there.
#[test]
fn a_result_that_nothing_reads_fails_no_run() {
    let machines = machines();
    for (machine, state) in every(&machines, "Map") {
        let path = machine.path(&state.name);
        let first = &state.list("Catch")[0];
        assert_eq!(names(first), ["States.ResultWriterFailed"], "{path}");
        assert_eq!(first["Next"], state.fields["Next"], "{path}");
        assert_eq!(first["ResultPath"], Value::Null, "{path}");
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
        if state.name == "ReportUntold" {
            // Whether the run ended well is known by then, and stays so.
            assert_eq!(notice.name, "HasSucceeded");
            assert_eq!(catch_all["ResultPath"], Value::Null);
            continue;
        }
        if state.name.starts_with("Report") {
            assert_eq!(notice.kind(), "Fail", "{}", state.name);
            assert_eq!(catch_all["ResultPath"], Value::Null, "the first error is the one to see");
            continue;
        }
        assert_eq!(notice.function(), Some("notify"), "{}", state.name);
        if notice.name == "ReportUntold" {
            assert_eq!(state.name, "Tell");
            continue;
        }
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

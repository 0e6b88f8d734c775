//! When anything can be deleted at all.

use ecr_sweep_protocol::functions::SweepState;

use super::definition::{every, machines};
use super::ways::{Visit, Ways};

fn sweep(visit: &Visit) -> SweepState {
    serde_json::from_value(visit.input()["sweep"].clone()).unwrap()
}

#[test]
fn only_the_children_of_delete_images_delete() {
    let machines = machines();
    let paths: Vec<String> = every(&machines, "Task")
        .filter(|(_, state)| state.act() == "delete")
        .map(|(machine, state)| machine.path(&state.name))
        .collect();
    assert_eq!(paths, ["DeleteImages/DeleteInRegistry/DeleteInRepo"]);
}

/// Whatever the functions answer: even an outcome that says to go on.
#[test]
fn a_dry_run_never_comes_near_a_deletion() {
    let ways = Ways::all();
    for name in ["Approve", "Begin", "Settle", "DeleteImages", "Finish", "JudgeDeletion"] {
        assert!(ways.of(name).count() > 0);
        assert!(ways.of(name).all(|visit| !sweep(visit).dry_run), "{name}");
    }
    assert!(ways.of("Judge").any(|visit| sweep(visit).dry_run));
}

#[test]
fn nothing_is_deleted_before_begin_has_given_a_token() {
    for visit in Ways::all().of("DeleteImages") {
        assert!(visit.passed.contains("Begin"));
        assert!(sweep(visit).token.is_some());
    }
}

#[test]
fn what_is_only_looked_up_deletes_nothing_and_asks_nobody() {
    let ways = Ways::all();
    assert!(ways.of("Settle").count() > 0);
    for visit in ways.of("Settle") {
        assert_eq!(ways.payload(visit)["act"], "settle");
        assert!(!visit.passed.contains("Approve") && !visit.passed.contains("Begin"));
    }
    for visit in ways.visits.iter().filter(|visit| visit.passed.contains("Settle")) {
        assert!(!["Begin", "DeleteImages", "Finish", "Approve"].contains(&&*visit.name));
    }
}

#[test]
fn everything_is_looked_at_again_between_begin_and_the_deletion() {
    let machines = machines();
    let whole = &machines[0];
    assert_eq!(whole.states["Begin"].text("Next"), "ScanUsage");
    for (from, to) in [
        ("ScanUsage", "IndexUsage"),
        ("IndexUsage", "IsUsageIndexed"),
        ("PlanRepos", "LimitRun"),
        ("LimitRun", "IsRunLimited"),
    ] {
        assert_eq!(whole.states[from].text("Next"), to);
    }
    assert_eq!(whole.states["IsUsageIndexed"].steps(), ["PlanRepos", "LimitRun", "IndexUsage"]);
    assert_eq!(whole.states["IsRunLimited"].steps(), ["IsToDelete", "LimitRun"]);
    for state in whole.states.values().filter(|state| state.name != "IsToDelete") {
        assert!(!state.steps().contains(&"DeleteImages"), "{}", state.name);
    }
}

/// What is not planned again is not deleted.
#[test]
fn no_map_over_registries_gets_an_empty_array() {
    let ways = Ways::all();
    for name in ["PlanRepos", "DeleteImages"] {
        assert!(ways.of(name).count() > 0);
        assert!(ways.of(name).all(|visit| sweep(visit).registries > 0), "{name}");
    }
    assert!(ways.of("LimitRun").any(|visit| sweep(visit).registries == 0));
    assert!(ways.of("Finish").any(|visit| sweep(visit).registries == 0));
}

#[test]
fn a_run_that_needs_an_approval_does_not_begin_without_an_answer() {
    let ways = Ways::all();
    for visit in ways.of("Begin") {
        let answer = &visit.input()["answer"];
        assert_eq!(sweep(visit).approval, !answer.is_null());
        assert_eq!(sweep(visit).approval, visit.passed.contains("Approve"));
    }
}

#[test]
fn nobody_is_asked_and_nothing_begins_when_nothing_is_to_be_deleted() {
    let ways = Ways::all();
    for visit in ways.of("Approve").chain(ways.of("Begin")) {
        assert_eq!(visit.input()["outcome"]["go_on"], true);
    }
}

#[test]
fn a_run_in_which_a_step_failed_does_not_succeed() {
    let ways = Ways::all();
    assert!(ways.of("Succeeded").count() > 0);
    for visit in ways.of("Succeeded") {
        // That somebody was not told is no failure of the run.
        assert_eq!(visit.passed.contains("Catch"), visit.passed.contains("ReportUntold"));
        assert_eq!(visit.input()["outcome"]["succeeded"], true);
    }
}

#[test]
fn nobody_misses_how_a_run_ended() {
    let ways = Ways::all();
    for visit in ways.of("Succeeded").chain(ways.of("Failed")) {
        assert!(visit.passed.contains("Tell"));
    }
    for visit in ways.of("Stopped") {
        assert!(visit.passed.contains("ReportFailure"));
    }
    assert!(ways.of("NotStarted").all(|visit| visit.passed.contains("ReportNotStarted")));
}

/// The lock is held from Begin on, so whoever reports a failure after it must give it back.
#[test]
fn a_failure_under_the_lock_is_reported_with_its_token() {
    let ways = Ways::all();
    for visit in ways.of("ReportFailure") {
        let reported = &ways.payload(visit)["token"];
        assert_eq!(*reported, serde_json::to_value(sweep(visit).token).unwrap());
        assert!(reported.is_null() || visit.passed.contains("Begin"));
    }
    assert!(ways.of("ReportFailure").any(|visit| sweep(visit).token.is_some()));
}

/// By then, the lock is back and the summary is written: neither must change, nor how the run ends.
#[test]
fn a_notice_that_fails_leaves_lock_summary_and_ending_alone() {
    let ways = Ways::all();
    for visit in ways.of("ReportUntold") {
        assert!(visit.passed.contains("Tell"));
        assert_eq!(ways.payload(visit)["act"], "untold");
        assert!(ways.payload(visit).get("token").is_none());
    }
    for succeeded in [true, false] {
        let end = if succeeded { "Succeeded" } else { "Failed" };
        let untold: Vec<_> = ways.of(end).filter(|it| it.passed.contains("ReportUntold")).collect();
        assert!(!untold.is_empty(), "{end}");
        assert!(untold.iter().all(|it| it.input()["outcome"]["succeeded"] == succeeded));
    }
}

/// A try again has to find what the one before it has written down.
#[test]
fn every_notice_of_a_run_says_when_its_state_was_entered() {
    let ways = Ways::all();
    for name in ["Tell", "ReportFailure"] {
        assert!(ways.of(name).all(|visit| ways.payload(visit)["entered_at"].is_string()), "{name}");
    }
}

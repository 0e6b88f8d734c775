//! The same few thousand broken inputs every time. `cargo xtask fuzz` goes on where these end.

use std::sync::Mutex;

use ecr_sweep_fuzz::{Session, TARGETS};

/// Memory is counted for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn feed(name: &str, inputs: u64) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    let mut session = Session::new(target, 1);
    while session.totals.inputs < inputs {
        let input = session.input();
        let shown = String::from_utf8_lossy(&input).into_owned();
        let trial = session.attempt(input);
        assert!(trial.accepted.is_some(), "{name} panicked over {shown}");
        assert!(trial.problem().is_none(), "{name}, {:?} over {shown}", trial.problem());
    }
    assert!(session.totals.accepted > 0, "{name} accepted nothing");
    assert!(session.totals.accepted < inputs, "{name} refused nothing");
}

#[test]
fn no_reference_is_too_strange() {
    feed("reference", 20_000);
}

#[test]
fn no_policy_is_too_strange() {
    feed("policy", 2_000);
}

#[test]
fn no_snapshot_is_too_strange() {
    feed("snapshot", 1_000);
}

#[test]
fn no_manifest_is_too_strange() {
    feed("manifest", 10_000);
}

#[test]
fn no_file_of_another_cleaner_is_too_strange() {
    feed("import", 2_000);
}

#[test]
fn the_same_seed_gives_the_same_inputs() {
    let target = &TARGETS[0];
    let inputs = || {
        let mut session = Session::new(target, 7);
        session.totals.inputs = 1_000_000;
        [session.input(), session.input(), session.input()]
    };
    assert_eq!(inputs(), inputs());
}

//! `check` and `diff` against a live account.

use std::fs;

use serde_json::Value;

use super::policy::POLICY;
use super::world::World;
use crate::documents::is_valid;

#[test]
fn patterns_that_match_nothing_in_the_account_are_told() {
    let world = World::new();
    let policy = POLICY.replace("\"dev/*\"", "\"dev/*\", \"staging/*\"");
    fs::write(world.path().join("policy.yaml"), policy).unwrap();
    let checked = world.run(&["check", "policy.yaml"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert!(world.simulator.counts().is_empty());
    let checked = world.run(&["check", "policy.yaml", "--live"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert!(
        checked.stdout.contains("no repository's name matches `staging/*`"),
        "{}",
        checked.stdout
    );
    assert!(!world.path().join(".ecr-sweep").exists());
    assert!(!world.simulator.counts().contains_key("ecr:BatchGetImage"));
}

#[test]
fn what_a_first_run_would_be_blocked_by_is_told_before_it() {
    let world = World::new();
    let checked = world.run(&["check", "policy.yaml", "--live"]);
    let nothing = "Nothing of what a plan reads would be in the way of a first run.";
    assert!(checked.stdout.contains(nothing), "{}", checked.stdout);
    world.refuse("lambda:ListFunctions", "AccessDeniedException");
    let checked = world.run(&["check", "policy.yaml", "--live"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert!(checked.stdout.contains("In the way of a first run"), "{}", checked.stdout);
    assert!(checked.stdout.contains("`lambda:ListFunctions` is denied"), "{}", checked.stdout);
    assert!(
        checked.stderr.contains("`ecr-sweep doctor --policy policy.yaml`"),
        "{}",
        checked.stderr
    );
    assert_eq!(world.changes(), Vec::<String>::new());
    assert!(!world.path().join(".ecr-sweep").exists());
}

#[test]
fn two_policies_are_compared_over_one_scan() {
    let world = World::new();
    let policy = POLICY.replace("newest: 3", "newest: 1");
    assert_ne!(policy, *POLICY);
    fs::write(world.path().join("new.yaml"), policy).unwrap();
    let arguments = ["diff", "--policy", "policy.yaml", "--policy", "new.yaml", "--format", "json"];
    let diff = world.run(&arguments);
    assert_eq!(diff.code, Some(0), "{}", diff.stderr);
    let diff: Value = serde_json::from_str(&diff.stdout).unwrap();
    is_valid(&diff, "diff");
    assert_eq!(diff["changes"][0]["before"], "keep");
    assert_eq!(diff["changes"][0]["after"], "delete");
    assert_eq!(diff["changes"][0]["images"], 2);
    assert_eq!(world.simulator.counts()["lambda:ListFunctions"], 1);
    assert_eq!(world.changes(), Vec::<String>::new());
}

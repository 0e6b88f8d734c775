//! `start` with a folder: in this process.

use std::collections::BTreeSet;

use serde_json::Value;

use super::world::World;
use crate::command::ended;
use crate::documents::is_valid;

#[test]
fn a_start_is_a_dry_run() {
    let world = World::new();
    for arguments in [&["start"][..], &["start", "--dry-run"]] {
        let start = world.run(arguments);
        assert_eq!(start.code, Some(0), "{}", start.stderr);
        assert!(start.stdout.starts_with("Plan of 111122223333/eu-west-1"), "{}", start.stdout);
    }
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn without_a_terminal_a_start_that_deletes_is_refused_before_any_call() {
    let world = World::new();
    for (arguments, next) in [
        (&["start", "--delete"][..], "start --delete --yes"),
        (&["start", "--plan", "latest", "--delete"], "delete latest --yes"),
        (&["delete", "latest"], "delete latest --yes"),
    ] {
        let start = world.run(arguments);
        assert_eq!(start.code, Some(6), "{}", start.stderr);
        assert!(start.stderr.contains(next), "{}", start.stderr);
    }
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn a_reviewed_plan_is_deleted_and_nothing_else() {
    let world = World::new();
    world.run(&["plan"]);
    let start = world.run(&["start", "--plan", "latest", "--delete", "--yes"]);
    assert_eq!(start.code, Some(0), "{}", start.stderr);
    assert!(start.stdout.starts_with("Done."), "{}", start.stdout);
    assert_eq!(world.tags(), BTreeSet::from(["v2", "v5", "v6", "v7"].map(String::from)));
    let listed: Value =
        serde_json::from_str(&world.run(&["runs", "--format", "json"]).stdout).unwrap();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1);
    assert_eq!(listed["runs"][0]["dry_run"], false);
}

#[test]
fn a_plan_that_somebody_stopped_is_deleted_when_it_is_taken_up_again() {
    let world = World::new();
    world.run(&["plan"]);
    let asked = world.run(&["stop", "latest"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert!(asked.stderr.contains("deletes nothing now"), "{}", asked.stderr);
    assert!(asked.stderr.contains("ecr-sweep delete 2"), "{}", asked.stderr);
    let deleted = world.run(&["delete", "latest", "--yes"]);
    assert_eq!(deleted.code, Some(0), "{}", deleted.stderr);
    assert_eq!(world.tags(), BTreeSet::from(["v2", "v5", "v6", "v7"].map(String::from)));
    let unknown = world.run(&["stop", "none-of-them"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.stderr);
}

#[test]
fn a_plan_that_is_only_checked_again_deletes_nothing_and_stays_as_it_was() {
    let world = World::new();
    world.run(&["plan"]);
    let checked = world.run(&["start", "--plan", "latest"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    let line = checked.stdout.lines().find(|line| line.starts_with("dev/app")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells, ["dev/app", "3", "3", "0"]);
    assert_eq!(world.changes(), Vec::<String>::new());
    let document = world.run(&["start", "--plan", "latest", "--format", "json"]);
    is_valid(&serde_json::from_str(&document.stdout).unwrap(), "recheck");
    let shown = world.run(&["show", "latest"]);
    assert!(shown.stdout.contains("dry run"), "{}", shown.stdout);
    let deleted = world.run(&["start", "--plan", "latest", "--delete", "--yes"]);
    assert_eq!(deleted.code, Some(0), "{}", deleted.stderr);
}

#[test]
fn of_a_plan_that_was_deleted_to_its_end_nothing_is_left_to_do() {
    let world = World::new();
    world.run(&["plan"]);
    world.run(&["delete", "latest", "--yes"]);
    let deleted = world.simulator.count("ecr:BatchDeleteImage");
    for arguments in
        [&["delete", "latest", "--yes"][..], &["start", "--plan", "latest", "--delete", "--yes"]]
    {
        let again = world.run(arguments);
        assert_eq!(again.code, Some(0), "{}", again.stderr);
        assert!(again.stdout.starts_with("Nothing was left to do."), "{}", again.stdout);
        assert!(again.stdout.contains("dev/app"), "{}", again.stdout);
    }
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), deleted);
    let json = world.run(&["delete", "latest", "--yes", "--format", "json"]);
    is_valid(&serde_json::from_str(&json.stdout).unwrap(), "run-summary");
    let checked = world.run(&["start", "--plan", "latest"]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert!(
        checked.stdout.contains("Nothing is left to do: 3 images are gone."),
        "{}",
        checked.stdout
    );
}

#[test]
fn what_is_left_of_a_plan_is_deleted_when_it_is_taken_up_again() {
    let world = World::new();
    world.run(&["plan"]);
    world.refuse("ecr:BatchDeleteImage", "ServerException");
    let failed = world.run(&["delete", "latest", "--yes"]);
    assert_ne!(failed.code, Some(0), "{}", failed.stderr);
    world.simulator.set_faults(Vec::new());
    let again = world.run(&["delete", "latest", "--yes"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stdout.starts_with("Done."), "{}", again.stdout);
    assert_eq!(world.tags(), BTreeSet::from(["v2", "v5", "v6", "v7"].map(String::from)));
}

#[test]
fn what_is_asked_of_a_run_is_answered_in_json() {
    let world = World::new();
    world.run(&["plan"]);
    let document = |arguments: &[&str], schema: &str| -> Value {
        let answered = world.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(answered.code, Some(0), "{}", answered.stderr);
        let document = serde_json::from_str(&answered.stdout).unwrap();
        is_valid(&document, schema);
        document
    };
    assert_eq!(document(&["stop", "latest"], "asked-to-stop")["deletes"], false);
    let unlocked = document(&["unlock", "latest"], "unlocked");
    assert!(unlocked.get("expires_at").is_none(), "{unlocked}");
    assert_eq!(unlocked["was_held"], false);
    let pruned = document(&["vault", "prune", "--dry-run"], "pruned-vault");
    assert_eq!((&pruned["kept"], &pruned["dry_run"]), (&Value::from(0), &Value::from(true)));
    let recorded = document(&["snapshot", "-o", "org.json"], "recorded-snapshot");
    assert_eq!(recorded["repositories"], 2);
    let checked = document(&["check", "policy.yaml", "--live"], "checked-policy");
    assert_eq!(checked["looked_at"], "account");
}

#[test]
fn a_plan_of_which_usage_is_not_seen_now_is_blocked_now() {
    let world = World::new();
    world.run(&["plan"]);
    world.refuse("ecs:ListClusters", "AccessDeniedException");
    let checked = world.run(&["start", "--plan", "latest"]);
    assert_eq!(checked.code, Some(3), "{}", checked.stderr);
    assert!(checked.stdout.contains("incomplete-usage"), "{}", checked.stdout);
}

#[test]
fn a_plan_and_a_selection_are_one_too_many() {
    let world = World::new();
    let start = world.run(&["start", "--plan", "latest", "--repository", "dev/*"]);
    assert_eq!(start.code, Some(2), "{}", start.stderr);
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn nobody_waits_for_approval_in_a_folder() {
    let world = World::new();
    for arguments in [&["approve", "latest", "--yes"][..], &["reject", "latest"]] {
        let answered = world.run(arguments);
        assert_eq!(answered.code, Some(2), "{}", answered.stderr);
        assert!(answered.stderr.contains("--store s3://BUCKET"), "{}", answered.stderr);
    }
}

#[test]
fn an_option_that_would_be_ignored_is_an_error_and_nothing_is_called() {
    let world = World::new();
    for (option, arguments) in [
        ("--wait", &["start", "--wait"][..]),
        ("--wait", &["delete", "latest", "--yes", "--wait"]),
        ("--state-machine", &["start", "--state-machine", "other"]),
        ("--yes", &["start", "--plan", "latest", "--yes"]),
        ("--policy", &["start", "--plan", "latest", "--policy", "policy.yaml"]),
    ] {
        let start = world.run(arguments);
        assert_eq!(start.code, Some(2), "{arguments:?}: {}", start.stderr);
        let told = format!("`{option}` would be ignored");
        assert!(start.stderr.contains(&told), "{arguments:?}: {}", start.stderr);
    }
    assert!(world.simulator.counts().is_empty());
    let mut by_variables = world.command(&["start"]);
    by_variables.env("ECR_SWEEP_WAIT", "true").env("ECR_SWEEP_YES", "true");
    assert_eq!(ended(by_variables).code, Some(0));
}

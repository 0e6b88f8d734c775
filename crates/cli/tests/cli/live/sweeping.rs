//! The command that deletes.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::world::World;

#[test]
fn a_run_deletes_the_plan_and_nothing_else() {
    let world = World::new();
    let run = world.run(&["run", "--yes"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(world.tags(), BTreeSet::from(["v2", "v5", "v6", "v7"].map(String::from)));
    assert_eq!(world.changes(), ["ecr:BatchDeleteImage"]);
    assert!(run.stdout.starts_with("Done."), "{}", run.stdout);
    let line = run.stdout.lines().find(|line| line.starts_with("dev/app")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells, ["dev/app", "3", "0", "0", "0", "150.0", "MiB"]);
}

#[test]
fn the_summary_of_a_run_is_a_document() {
    let world = World::new();
    let run = world.run(&["run", "--yes", "--format", "json"]);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(summary["ending"], "done");
    assert_eq!(summary["totals"]["outcomes"]["deleted"], 3);
}

#[test]
fn a_second_run_finds_nothing_to_delete() {
    let world = World::new();
    world.run(&["run", "--yes"]);
    world.simulator.reset_counts();
    let again = world.run(&["run", "--yes"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stdout.starts_with("Done. There was nothing to delete."), "{}", again.stdout);
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn a_dry_run_is_a_plan() {
    let world = World::new();
    let run = world.run(&["run", "--yes", "--dry-run"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("Plan of 111122223333/eu-west-1"), "{}", run.stdout);
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn nothing_is_deleted_where_usage_was_not_seen() {
    let world = World::new();
    world.refuse("ecs:ListClusters", "AccessDeniedException");
    let run = world.run(&["run", "--yes"]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert_eq!(world.changes(), Vec::<String>::new());
    assert!(run.stdout.starts_with("Nothing was deleted"), "{}", run.stdout);
    assert!(
        run.stderr.contains("3 would go, at most 150.0 MiB: incomplete-usage"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("ecs:ListClusters"), "{}", run.stderr);
}

#[test]
fn images_that_the_registry_refuses_to_delete_are_told() {
    let world = World::new();
    world.refuse("ecr:BatchDeleteImage", "AccessDeniedException");
    let run = world.run(&["run", "--yes"]);
    assert_eq!(run.code, Some(5), "{}", run.stdout);
    assert_eq!(world.tags().len(), 7);
    assert!(run.stdout.contains("AccessDeniedException"), "{}", run.stdout);
}

/// The folder of the only run that there is.
fn only_run(world: &World) -> PathBuf {
    let runs = fs::read_dir(world.path().join(".ecr-sweep/sweeps")).unwrap();
    let [run] = &runs.map(|it| it.unwrap().path()).collect::<Vec<_>>()[..] else { panic!() };
    run.clone()
}

#[test]
fn what_went_is_told_where_its_table_cannot_be_stored() {
    let world = World::new();
    world.run(&["plan"]);
    let table = only_run(&world).join("summary.csv");
    fs::remove_file(&table).unwrap();
    fs::create_dir(&table).unwrap();
    let deleted = world.run(&["delete", "latest", "--yes"]);
    assert_eq!(deleted.code, Some(1), "{}", deleted.stderr);
    assert_eq!(world.tags().len(), 4);
    assert!(deleted.stdout.contains("dev/app             3"), "{}", deleted.stdout);
    assert!(deleted.stderr.contains("summary.csv"), "{}", deleted.stderr);
}

#[test]
fn a_plan_that_is_refused_is_no_deletion_that_failed() {
    let world = World::new();
    world.run(&["plan"]);
    let plan = only_run(&world).join("plans/111122223333/eu-west-1/dev/app.json");
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, format!("{text}\n")).unwrap();
    let refused = world.run(&["delete", "latest", "--yes"]);
    assert_eq!((refused.code, &*refused.stdout), (Some(6), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("is not the plan that was made"), "{}", refused.stderr);
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn a_plan_that_is_being_deleted_elsewhere_is_left_to_that() {
    let world = World::new();
    world.run(&["plan"]);
    let run = only_run(&world);
    let summary = || fs::read(run.join("summary.json")).unwrap();
    let before = summary();
    let lock = json!({
        "schema_version": 1, "owner": "somebody", "run": run.file_name().unwrap().to_str(),
        "token": 1, "taken_at": "2026-01-01T00:00:00Z", "expires_at": "2999-01-01T00:00:00Z",
        "released_at": null,
    });
    fs::write(world.path().join(".ecr-sweep/lock.json"), lock.to_string()).unwrap();
    let refused = world.run(&["delete", "latest", "--yes"]);
    assert_eq!((refused.code, &*refused.stdout), (Some(6), ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("of somebody is deleting"), "{}", refused.stderr);
    assert!(summary() == before);
    assert_eq!(world.changes(), Vec::<String>::new());
}

//! The report of a run, as pages, a table and documents.

use std::fs;

use super::world::World;
use crate::command::{ecr_sweep, ended};
use crate::documents::is_valid;

#[test]
fn a_report_is_written_to_a_folder_of_its_own_without_credentials() {
    let world = World::new();
    world.run(&["plan"]);
    world.simulator.reset_counts();
    let report = ended(ecr_sweep(world.path(), &["report", "latest", "-o", "out/report"]));
    assert_eq!(report.code, Some(0), "{}", report.stderr);
    assert!(
        report.stderr.contains("note: out/report/index.html is the first page"),
        "{}",
        report.stderr
    );
    let index = fs::read_to_string(world.path().join("out/report/index.html")).unwrap();
    assert!(index.contains("What would go"), "{index}");
    let pages = fs::read_dir(world.path().join("out/report")).unwrap().count();
    assert_eq!(pages, 2);
    assert!(world.simulator.counts().is_empty());
}

#[test]
fn a_table_of_images_has_what_is_known_of_those_that_stay() {
    let world = World::new();
    world.run(&["run", "--yes"]);
    let table = world.run(&["report", "latest", "--format", "csv"]);
    let used = table.stdout.lines().find(|line| line.contains(",v2,")).unwrap();
    assert!(
        used.contains(",keep,")
            && used.contains(",2026-02-01T00:00:00Z,")
            && used.contains(",5242880"),
        "{used}"
    );
    assert_eq!(table.stdout.matches(",deleted,").count(), 3, "{}", table.stdout);
}

#[test]
fn what_has_no_pages_cannot_be_opened() {
    let world = World::new();
    world.run(&["plan"]);
    let report = world.run(&["report", "latest", "--format", "csv", "--open"]);
    assert_eq!(report.code, Some(2));
    assert!(report.stderr.contains("`--open` shows pages"), "{}", report.stderr);
}

#[test]
fn a_run_that_is_not_there_is_told_with_the_next_step() {
    let world = World::new();
    let report = world.run(&["report", "latest"]);
    assert_eq!(report.code, Some(2), "{}", report.stderr);
    assert!(report.stderr.contains("next: "), "{}", report.stderr);
}

#[test]
fn a_policy_is_judged_by_the_runs_of_the_store_without_credentials() {
    let world = World::new();
    world.run(&["plan"]);
    world.run(&["plan"]);
    world.simulator.reset_counts();
    let judged = ended(ecr_sweep(world.path(), &["backtest"]));
    assert_eq!(judged.code, Some(0), "{}", judged.stderr);
    let told = "Of 3 images that this policy would have deleted since ";
    assert!(judged.stdout.starts_with(told), "{}", judged.stdout);
    assert!(judged.stdout.contains(", 0 were needed again"), "{}", judged.stdout);
    let document =
        ended(ecr_sweep(world.path(), &["backtest", "--format", "json", "--since", "1d"]));
    let document = serde_json::from_str(&document.stdout).unwrap();
    is_valid(&document, "backtest");
    assert_eq!(document["runs"].as_array().unwrap().len(), 2);
    assert!(world.simulator.counts().is_empty());
    let odd = ended(ecr_sweep(world.path(), &["backtest", "--since", "soon"]));
    assert_eq!(odd.code, Some(2), "{}", odd.stderr);
    let report = ended(ecr_sweep(world.path(), &["report", "latest", "--format", "markdown"]));
    assert!(
        report.stdout.contains("By the runs that the store has: of 3 images"),
        "{}",
        report.stdout
    );
}

//! Putting images back, and what is told where documents of a run are gone or damaged.

use std::fs;

use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_test_world::{digest, organization};
use serde_json::{Value, json};

use super::policy::POLICY;
use super::world::World;

/// The folder of the only run.
fn run_folder(world: &World) -> std::path::PathBuf {
    let mut runs = fs::read_dir(world.path().join(".ecr-sweep/sweeps")).unwrap();
    runs.next().unwrap().unwrap().path()
}

#[test]
fn what_cannot_be_told_of_a_run_is_not_told_as_nothing() {
    let world = World::new();
    world.run(&["run", "--yes"]);
    for folder in ["receipts", "batches"] {
        fs::remove_dir_all(run_folder(&world).join(folder)).unwrap();
    }
    let restored = world.run(&["restore", "latest"]);
    assert_eq!(restored.code, Some(3), "{}", restored.stderr);
    assert!(!restored.stdout.contains("deleted nothing"), "{}", restored.stdout);
    let told = "Deleted or archived, and no receipt says which\n  \
                111122223333/eu-west-1/dev/app  3 images by the run's summary\n";
    assert!(restored.stdout.contains(told), "{}", restored.stdout);
    assert!(restored.stderr.contains("next: bring these documents back"), "{}", restored.stderr);
    let named = world.run(&["restore", "latest", "dev/app:v1"]);
    assert_eq!(named.code, Some(3), "{}", named.stderr);
    assert!(named.stderr.contains("no receipt of the run"), "{}", named.stderr);
}

#[test]
fn a_damaged_document_is_told_beside_what_comes_back() {
    let world = World::new();
    world.run(&["run", "--yes"]);
    let receipts = run_folder(&world).join("receipts/111122223333/eu-west-1/dev/app.json");
    fs::write(&receipts, "{").unwrap();
    let restored = world.run(&["restore", "latest"]);
    assert_eq!(restored.code, Some(3), "{}", restored.stderr);
    assert!(restored.stdout.contains("3 of 3 images are there.\n"), "{}", restored.stdout);
    assert!(restored.stdout.contains("\nCannot be read\n"), "{}", restored.stdout);
    assert!(restored.stdout.contains("dev/app.json"), "{}", restored.stdout);
    // Whoever asks for an image that comes back need not care.
    let named = world.run(&["restore", "latest", "dev/app:v1", "--format", "json"]);
    let document: Value = serde_json::from_str(&named.stdout).unwrap();
    assert_eq!(document["unreadable"].as_array().unwrap().len(), 1, "{document}");
}

#[test]
fn a_lock_that_cannot_be_read_is_taken_away_by_who_says_so() {
    let world = World::new();
    world.run(&["run", "--yes"]);
    let lock = world.path().join(".ecr-sweep/lock.json");
    fs::write(&lock, "{ \"schema_version\"").unwrap();
    world.simulator.reset_counts();
    let swept = run_folder(&world).file_name().unwrap().to_str().unwrap().to_owned();
    for command in [&["restore", "latest"][..], &["runs"], &["show", "latest"], &["run", "--yes"]] {
        let refused = world.run(command);
        assert_eq!(refused.code, Some(1), "{command:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("cannot read the lock"), "{}", refused.stderr);
        assert!(refused.stderr.contains("`ecr-sweep unlock latest`"), "{}", refused.stderr);
    }
    assert_eq!(world.changes(), Vec::<String>::new());
    let asked = world.run(&["unlock", "latest"]);
    assert_eq!(asked.code, Some(6), "{}", asked.stderr);
    assert!(asked.stderr.contains("--yes` takes it away"), "{}", asked.stderr);
    assert_eq!(fs::read_to_string(&lock).unwrap(), "{ \"schema_version\"");
    let unlocked = world.run(&["unlock", "latest", "--yes", "--format", "json"]);
    assert_eq!(unlocked.code, Some(0), "{}", unlocked.stderr);
    let document: Value = serde_json::from_str(&unlocked.stdout).unwrap();
    assert_eq!(document["was_damaged"], true);
    let restored = world.run(&["restore", &swept]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
}

#[test]
fn of_many_images_those_that_do_not_come_back_are_listed_first() {
    let image = |number: u32| {
        json!({
            "digest": digest(number), "tags": [format!("v{number}")],
            "pushed_at": format!("2026-01-{:02}T00:00:00Z", number % 28 + 1), "size_bytes": 50,
        })
    };
    let images: Vec<Value> = (1..=60).map(image).collect();
    let snapshot = organization(&json!([{ "name": "dev/app", "images": images }]), &json!({}));
    let snapshot = serde_json::to_value(snapshot).unwrap();
    let world = World::with(snapshot, &POLICY, SimulatorOptions::default());
    assert_eq!(world.run(&["run", "--yes"]).code, Some(0));
    let told = world.run(&["restore", "latest", "--dry-run"]);
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("sha256:")).count();
    assert_eq!((told.code, rows(&told.stdout)), (Some(0), 20), "{}", told.stdout);
    let more = "and 37 more, of which nothing is wrong; `--format json` has them all\n";
    assert!(told.stdout.contains(more), "{}", told.stdout);
    let document = world.run(&["restore", "latest", "--dry-run", "--format", "json"]).stdout;
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["repositories"][0]["images"].as_array().unwrap().len(), 57);
    world.refuse("ecr:PutImage", "InvalidParameterException");
    let refused = world.run(&["restore", "latest"]);
    assert_eq!((refused.code, rows(&refused.stdout)), (Some(3), 20), "{}", refused.stdout);
    assert!(refused.stdout.contains("37 of which do not come back"), "{}", refused.stdout);
}

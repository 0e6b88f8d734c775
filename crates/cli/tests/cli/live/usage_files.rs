//! Plans and sweeps by what usage files say.

use std::fs;

use ecr_sweep_test_world::{ACCOUNT, HOST, REGION};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::policy::POLICY;
use super::world::World;
use crate::command::Ended;

/// The policy, with usage files that may be a day old, and more said of them.
fn world(more: &str) -> World {
    let world = World::new();
    let files = format!("usage: {{ files: [{{ path: usage/*.json, max_age: 1d{more} }}] }}\n");
    let policy = POLICY.replace("  off:\n    - { source: files, reason: \"not used\" }\n", "");
    fs::write(world.path().join("policy.yaml"), format!("{policy}{files}")).unwrap();
    fs::create_dir(world.path().join("usage")).unwrap();
    world
}

/// What somebody saw in a cluster that EKS does not have, so long ago: that it runs this image.
fn write(world: &World, name: &str, hours_ago: i64, tag: &str) {
    let taken_at = Timestamp::now() - SignedDuration::from_hours(hours_ago);
    let place = json!({ "account": ACCOUNT, "region": REGION, "cluster": name });
    let with = |more: Value| {
        let mut all = place.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let scanned = with(json!({
        "source": "kubernetes", "complete": true, "found": 9, "references": 1,
    }));
    let usage = with(json!({
        "source": "kubernetes-pod", "arn": format!("{name}/shop/pod/web"),
        "reference": format!("{HOST}/dev/app:{tag}"),
    }));
    let file = json!({
        "schema_version": 1, "taken_at": taken_at, "scanned": [scanned], "usage": [usage],
    });
    fs::write(world.path().join(format!("usage/{name}.json")), file.to_string()).unwrap();
}

fn deleted(plan: &Ended) -> Value {
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    plan["plans"][0]["summary"]["delete"].clone()
}

fn is_incomplete(world: &World, why: &str) {
    let plan = world.run(&["plan"]);
    assert_eq!(plan.code, Some(3), "{} {}", plan.stdout, plan.stderr);
    let told = format!("{}{}", plan.stdout, plan.stderr);
    assert!(told.contains(why), "{why}: {told}");
    let swept = world.run(&["run", "--yes"]);
    assert_ne!(swept.code, Some(0), "{}", swept.stderr);
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn what_a_usage_file_names_is_kept() {
    let world = world("");
    write(&world, "blue", 1, "v1");
    let plan = world.run(&["plan", "--format", "json"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    assert!(plan.stdout.contains("used-by-kubernetes-pod"), "{}", plan.stdout);
    assert_eq!(deleted(&plan), 2);
    let swept = world.run(&["run", "--yes"]);
    assert_eq!(swept.code, Some(0), "{}", swept.stderr);
    assert!(world.tags().contains("v1"), "{:?}", world.tags());
}

#[test]
fn a_plain_list_adds_what_is_used() {
    let world = world("");
    let list = json!([format!("{HOST}/dev/app:v1"), format!("{HOST}/dev/app:v3")]);
    fs::write(world.path().join("usage/list.json"), list.to_string()).unwrap();
    let plan = world.run(&["plan", "--format", "json"]);
    assert_eq!((plan.code, deleted(&plan)), (Some(0), 1.into()), "{}", plan.stderr);
    assert!(plan.stdout.contains("used-by-files"), "{}", plan.stdout);
}

#[test]
fn an_old_file_counts_as_missing() {
    let world = world("");
    write(&world, "blue", 25, "v1");
    is_incomplete(&world, "older than 1d");
}

#[test]
fn a_file_of_the_future_is_not_taken() {
    let world = world("");
    write(&world, "blue", -2, "v1");
    is_incomplete(&world, "which is still to come");
}

#[test]
fn a_file_that_is_not_there_makes_the_run_incomplete() {
    is_incomplete(&world(""), "there is no such file");
}

#[test]
fn a_file_that_is_cut_short_makes_the_run_incomplete() {
    let world = world("");
    write(&world, "blue", 1, "v1");
    let path = world.path().join("usage/blue.json");
    let text = fs::read(&path).unwrap();
    fs::write(&path, &text[..text.len() - 1]).unwrap();
    is_incomplete(&world, "EOF while parsing");
    fs::write(&path, "").unwrap();
    is_incomplete(&world, "it is empty");
}

#[test]
fn a_file_that_is_gone_is_missed_until_it_is_retired() {
    let world = world("");
    write(&world, "blue", 1, "v1");
    write(&world, "green", 1, "v3");
    assert_eq!(world.run(&["plan"]).code, Some(0));
    fs::remove_file(world.path().join("usage/green.json")).unwrap();
    is_incomplete(&world, "green.json`: it was there before, and is gone");
    let policy = fs::read_to_string(world.path().join("policy.yaml")).unwrap();
    let policy = policy.replace("1d }", "1d, retired: [green.json] }");
    fs::write(world.path().join("policy.yaml"), policy).unwrap();
    let plan = world.run(&["plan", "--format", "json"]);
    assert_eq!((plan.code, deleted(&plan)), (Some(0), 2.into()), "{}", plan.stderr);
}

#[test]
fn a_file_that_names_none_of_what_it_named_makes_the_run_incomplete() {
    let world = world("");
    let path = world.path().join("usage/list.json");
    fs::write(&path, "[\"nginx:1\"]").unwrap();
    assert_eq!(world.run(&["plan"]).code, Some(0));
    fs::write(&path, "[]").unwrap();
    is_incomplete(&world, "it named images before, and names none now");
}

#[test]
fn what_files_say_is_part_of_a_scan() {
    let world = world("");
    write(&world, "blue", 1, "v1");
    let scan = world.run(&["scan", "--policy", "policy.yaml", "-o", "all.json"]);
    assert_eq!(scan.code, Some(0), "{}", scan.stderr);
    let text = fs::read(world.path().join("all.json")).unwrap();
    let read = ecr_sweep_protocol::usage_file::read("all.json", &text).unwrap();
    let ecr_sweep_protocol::UsageFileContent::Scanned(file) = read else { panic!("{read:?}") };
    let blue = file.scanned.iter().find(|it| it.cluster.is_some()).unwrap();
    assert!(blue.complete && blue.references == 1, "{blue:?}");
}

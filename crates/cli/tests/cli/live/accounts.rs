//! Two accounts: a registry in each, and functions in the second.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use ecr_sweep_core::Place;
use serde_json::{Value, json};

use super::policy::POLICY;
use super::world::{World, digest};
use crate::command::ended;

const OTHER: &str = "444455556666";

/// `dev/app` at home and `dev/api` in the other account, each with two images: a function of the
/// other account uses the older one of the first.
fn world(roles: &[&str]) -> World {
    let image = |number: u32, month: u32| {
        json!({
            "digest": digest(number),
            "tags": [format!("v{month}")],
            "pushed_at": format!("2026-0{month}-01T00:00:00Z"),
        })
    };
    let home = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    let function = json!({
        "Configuration": { "FunctionName": "resize", "Version": "3" },
        "Code": {
            "ImageUri": format!("{home}/dev/app:v1"),
            "ResolvedImageUri": format!("{home}/dev/app@{}", digest(1)),
        },
    });
    let registry = |account: &str, name: &str, first: u32| {
        let images = json!([image(first, 1), image(first + 1, 2)]);
        let repositories = json!([{ "name": name, "images": images }]);
        json!({ "account": account, "region": "eu-west-1", "repositories": repositories })
    };
    let snapshot = json!({
        "schema_version": 1,
        "taken_at": "2026-11-20T00:00:00Z",
        "home": { "account": "111122223333", "region": "eu-west-1" },
        "registries": [registry("111122223333", "dev/app", 1), registry(OTHER, "dev/api", 3)],
        "usage": [],
        "coverage": "complete",
        "workloads": { "lambda": [
            { "account": OTHER, "region": "eu-west-1", "functions": [function] },
        ] },
    });
    let scope = format!(
        "  registries: {{ accounts: [\"111122223333\", \"{OTHER}\"] }}\n  consumers: organization\n  role: EcrSweepRead\n"
    );
    let policy = POLICY
        .replace("  consumers: { regions: [eu-west-1] }\n", &scope)
        .replace("newest: 3", "newest: 1");
    let roles: BTreeSet<String> = roles.iter().map(ToString::to_string).collect();
    let options = SimulatorOptions {
        roles: BTreeMap::from([(OTHER.parse().unwrap(), roles)]),
        ..SimulatorOptions::default()
    };
    World::with(snapshot, &policy, options)
}

fn images(world: &World, account: &str, repository: &str) -> usize {
    let place = Place { account: account.parse().unwrap(), region: "eu-west-1".parse().unwrap() };
    world.simulator.images(&place, repository).unwrap().len()
}

#[test]
fn a_run_sweeps_both_and_keeps_what_the_other_uses() {
    let world = world(&["EcrSweepRead", "EcrSweepDelete"]);
    let run = world.run(&["run", "--yes"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(images(&world, "111122223333", "dev/app"), 2);
    assert_eq!(images(&world, OTHER, "dev/api"), 1);
}

#[test]
fn a_recording_of_both_gives_the_same_plan_offline() {
    let world = world(&["EcrSweepRead"]);
    let recorded = world.run(&["snapshot", "-o", "org.json", "--policy", "policy.yaml"]);
    assert_eq!(recorded.code, Some(0), "{}", recorded.stderr);
    let deleted = |ended: &str| -> Vec<(Value, Value)> {
        let document: Value = serde_json::from_str(ended).unwrap();
        let plans = document["plans"].as_array().unwrap().iter();
        plans.map(|plan| (plan["account"].clone(), plan["delete"].clone())).collect()
    };
    let live = world.run(&["plan", "--format", "json"]);
    let offline = world.run(&["plan", "--format", "json", "--snapshot", "org.json"]);
    assert_eq!((live.code, offline.code), (Some(0), Some(0)), "{}", live.stderr);
    assert_eq!(deleted(&live.stdout), deleted(&offline.stdout));
    let counts: Vec<_> =
        deleted(&live.stdout).iter().map(|(_, gone)| gone.as_array().unwrap().len()).collect();
    assert_eq!(counts, [0, 1]);
}

#[test]
fn an_explanation_finds_the_registry_and_names_the_account_that_uses_the_image() {
    let world = world(&["EcrSweepRead"]);
    let used = world.run(&["explain", "dev/app:v1"]);
    assert!(used.stdout.contains("seen in 444455556666/eu-west-1"), "{}", used.stdout);
    let image = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/dev/api:v1";
    let unused = world.run(&["explain", image, "--format", "json"]);
    let explanation: Value = serde_json::from_str(&unused.stdout).unwrap();
    assert_eq!(
        (&explanation["verdict"], &explanation["account"]),
        (&json!("delete"), &json!(OTHER))
    );
}

#[test]
fn a_role_that_is_not_there_is_named_with_what_to_do() {
    let world = world(&[]);
    let run = world.run(&["run", "--yes"]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    let denied = "sts:AssumeRole of `arn:aws:iam::444455556666:role/EcrSweepRead`";
    assert!(run.stderr.contains(denied), "{}", run.stderr);
    let at_once = "ecs, lambda, app-runner and 25 more  everywhere: ";
    assert!(run.stderr.contains(at_once), "{}", run.stderr);
    assert!(run.stderr.contains("next: make the role in that account"), "{}", run.stderr);
    assert_eq!(world.changes(), [""; 0]);
}

#[test]
fn roles_are_assumed_at_the_endpoint_that_is_set_for_sts() {
    let world = world(&["EcrSweepRead"]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let sts = runtime.block_on(Simulator::start(SimulatorOptions::default())).unwrap();
    let mut command = world.command(&["plan"]);
    command.env("AWS_ENDPOINT_URL_STS", sts.endpoint());
    let plan = ended(command);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    assert_eq!((sts.count("sts:AssumeRole"), world.simulator.count("sts:AssumeRole")), (1, 0));
}

#[test]
fn no_log_has_the_session_of_a_role() {
    let world = world(&["EcrSweepRead", "EcrSweepDelete"]);
    let run = world.run(&["run", "--yes", "-vvv"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("assumed a role"), "{}", run.stderr);
    assert!(!run.stderr.contains("simulated-session:"), "{}", run.stderr);
}

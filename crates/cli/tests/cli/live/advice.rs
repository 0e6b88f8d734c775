//! What the command advises where it could not see everything: what helps against the cause.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::{Effect, Fault, SimulatorOptions};
use serde_json::{Value, json};

use super::policy::POLICY;
use super::world::{World, digest};

const OTHER: &str = "444455556666";
const PROXY: &str = "111122223333.dkr.ecr.eu-west-1.proxy.example.com";
const DEFINITION: &str = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1";

/// `dev/app` with one image, what a task definition names, and functions of another account.
fn world(image: &str, policy: &str, options: SimulatorOptions) -> World {
    let images = json!([{
        "digest": digest(1), "tags": ["v1"], "pushed_at": "2026-01-01T00:00:00Z",
    }]);
    let definition = json!({
        "taskDefinitionArn": DEFINITION,
        "containerDefinitions": [{ "name": "main", "image": image }],
    });
    let place = |account: &str| json!({ "account": account, "region": "eu-west-1" });
    let with = |account: &str, name: &str, value: Value| {
        let mut place = place(account);
        place[name] = value;
        place
    };
    let snapshot = json!({
        "schema_version": 1,
        "taken_at": "2026-11-20T00:00:00Z",
        "home": place("111122223333"),
        "registries": [with("111122223333", "repositories", json!([
            { "name": "dev/app", "images": images },
        ]))],
        "usage": [],
        "coverage": "complete",
        "workloads": {
            "ecs": [with("111122223333", "task_definitions", json!([definition]))],
            "lambda": [with(OTHER, "functions", json!([]))],
        },
    });
    World::with(snapshot, policy, options)
}

fn fault(operation: &str, region: Option<&str>, code: &str, message: &str) -> Fault {
    let effect = Effect::Error { code: code.to_owned(), status: 400, message: message.to_owned() };
    let region = region.map(|it| it.parse().unwrap());
    Fault { region, ..Fault::new(operation.parse().unwrap(), effect) }
}

fn advice(world: &World) -> String {
    let plan = world.run(&["plan"]);
    assert_eq!(plan.code, Some(3), "{}{}", plan.stdout, plan.stderr);
    plan.stderr
}

fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

fn assert_has_not(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(!text.contains(part), "`{part}` is in: {text}");
    }
}

fn with_consumers(consumers: &str) -> String {
    POLICY.replace("  consumers: { regions: [eu-west-1] }\n", consumers)
}

#[test]
fn a_denied_call_is_to_be_allowed() {
    let world = World::new();
    world.refuse("lambda:ListFunctions", "AccessDeniedException");
    let told = advice(&world);
    assert_has(&told, &["allow lambda:ListFunctions to the caller in account 111122223333"]);
    assert_has_not(&told, &["off:"]);
}

#[test]
fn a_token_that_expired_is_told_wherever_it_strikes() {
    for operation in ["lambda:ListFunctions", "ecs:ListClusters", "account:ListRegions"] {
        let policy = with_consumers("  consumers: {}\n");
        let world = world("nginx", &policy, SimulatorOptions::default());
        world.refuse(operation, "ExpiredTokenException");
        let plan = world.run(&["plan"]);
        assert_eq!(plan.code, Some(3), "{}", plan.stderr);
        assert_has(&plan.stdout, &["a token that has expired"]);
        assert_has(&plan.stderr, &["next: run `aws sso login`"]);
        assert_has_not(&plan.stderr, &["off:", "allow "]);
    }
    for operation in ["sts:GetCallerIdentity", "ecr:DescribeRepositories"] {
        let world = World::new();
        world.refuse(operation, "ExpiredTokenException");
        let plan = world.run(&["plan"]);
        assert_eq!(plan.code, Some(1), "{}", plan.stderr);
        assert_has(&plan.stderr, &["a token that has expired", "next: run `aws sso login`"]);
    }
    let world = World::new();
    world.refuse("ecr:DescribeImages", "ExpiredTokenException");
    let plan = world.run(&["plan"]);
    assert_has(&plan.stdout, &["a token that has expired"]);
}

#[test]
fn a_reference_that_cannot_be_read_is_told_with_what_names_it() {
    let unknown_host = world(&format!("{PROXY}/app:v1"), &POLICY, SimulatorOptions::default());
    let told = advice(&unknown_host);
    assert_has(
        &told,
        &[
            &format!("deregister `{DEFINITION}`"),
            &format!("where `{PROXY}` stands for a registry"),
            "`usage.aliases`",
        ],
    );
    assert_has_not(&told, &["off:", "let the caller read"]);

    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    let no_tag = world(&format!("{host}/dev/app:-v1"), &POLICY, SimulatorOptions::default());
    let told = advice(&no_tag);
    assert_has(&told, &[&format!("deregister `{DEFINITION}`")]);
    assert_has_not(&told, &["off:", "aliases"]);
}

fn across_accounts(state: &str, roles: &[&str]) -> World {
    let policy = with_consumers("  consumers: organization\n  role: EcrSweepRead\n");
    let other = || OTHER.parse().unwrap();
    let roles: BTreeSet<String> = roles.iter().map(ToString::to_string).collect();
    let options = SimulatorOptions {
        members: BTreeMap::from([(other(), state.to_owned())]),
        roles: BTreeMap::from([(other(), roles)]),
        ..SimulatorOptions::default()
    };
    world("nginx", &policy, options)
}

const OFF_OTHER: &str = "scope:\n  off:\n    - { accounts: [\"444455556666\"], reason: \"...\" }\n";

#[test]
fn an_account_that_cannot_be_entered_is_opened_or_switched_off() {
    let told = advice(&across_accounts("ACTIVE", &[]));
    assert_has(&told, &["next: make the role in that account", "role/EcrSweepRead", OFF_OTHER]);
    assert_has_not(&told, &["source:"]);
}

#[test]
fn a_suspended_account_is_switched_off() {
    let world = across_accounts("SUSPENDED", &[]);
    assert_has(&advice(&world), &[OFF_OTHER]);
    let policy = std::fs::read_to_string(world.path().join("policy.yaml")).unwrap();
    let row = "  off:\n    - { accounts: [\"444455556666\"], reason: \"closed\" }\n";
    std::fs::write(world.path().join("policy.yaml"), policy.replace("  off:\n", row)).unwrap();
    let plan = world.run(&["plan"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
}

#[test]
fn regions_that_cannot_be_listed_are_named_in_the_policy() {
    let world = world("nginx", &with_consumers("  consumers: {}\n"), SimulatorOptions::default());
    world.refuse("account:ListRegions", "AccessDeniedException");
    let told = advice(&world);
    assert_has(&told, &["allow account:ListRegions", "`scope.consumers.regions`"]);
    assert_has_not(&told, &["source:", "off:"]);
}

#[test]
fn a_region_that_is_denied_is_left_out_or_switched_off() {
    let policy = with_consumers("  consumers: { regions: [eu-west-1, ap-south-1] }\n");
    let off = "scope:\n  off:\n    - { regions: [ap-south-1], reason: \"...\" }\n";
    for message in ["no", "denied with an explicit deny in a service control policy"] {
        let world = world("nginx", &policy, SimulatorOptions::default());
        let denied = fault("*", Some("ap-south-1"), "AccessDeniedException", message);
        world.simulator.set_faults(vec![denied]);
        let told = advice(&world);
        assert_has(&told, &["`scope.consumers.regions`", off]);
        let is_of_the_organization = message.contains("service control");
        assert_eq!(told.contains("ecs:List"), !is_of_the_organization, "{told}");
    }
}

#[test]
fn rows_that_are_in_the_policy_are_not_advised() {
    let policy = with_consumers("  consumers: organization\n  role: EcrSweepRead\n");
    let world = world("nginx", &policy, SimulatorOptions::default());
    world.refuse("organizations:DescribeOrganization", "AccessDeniedException");
    let told = advice(&world);
    assert_has(&told, &["allow organizations:DescribeOrganization", "delegated administrator"]);
    assert_has_not(&told, &["off:"]);
}

//! Who pulled an image.

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use serde_json::{Value, json};

use super::policy::POLICY;
use super::world::{World, digest};
use crate::documents::is_valid;

/// An event of a pull from `dev/app`, as `CloudTrail` has it.
fn event(number: u32, identity: &Value, agent: &str, image: &Value) -> Value {
    json!({
        "eventVersion": "1.09",
        "eventTime": format!("2026-10-{number:02}T00:00:00Z"),
        "eventSource": "ecr.amazonaws.com",
        "eventName": "BatchGetImage",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "sourceIPAddress": "203.0.113.12",
        "userAgent": agent,
        "userIdentity": identity,
        "requestParameters": { "repositoryName": "dev/app", "imageIds": [image] },
    })
}

fn session(role: &str, name: &str) -> Value {
    json!({
        "type": "AssumedRole",
        "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/{name}"),
        "accountId": "111122223333",
        "sessionContext": { "sessionIssuer": {
            "arn": format!("arn:aws:iam::111122223333:role/{role}"),
        } },
    })
}

/// The world of every command, with these events.
fn world(events: impl FnOnce(&Value, &Value) -> Vec<Value>) -> World {
    let mut world = World::new();
    let by_tag = json!({ "imageTag": "v1" });
    let image = world.simulator.images(&ecr_sweep_test_world::place(), "dev/app").unwrap();
    let v1 = image.iter().find(|image| image.tags.iter().any(|tag| **tag == *"v1")).unwrap();
    let by_digest = json!({ "imageDigest": v1.digest });
    let options = SimulatorOptions {
        snapshot: Some(world.simulator.snapshot()),
        events: events(&by_tag, &by_digest),
        now: Some("2026-11-20T00:00:00Z".parse().unwrap()),
        ..SimulatorOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    world.simulator = runtime.block_on(Simulator::start(options)).unwrap();
    std::fs::write(world.path().join("policy.yaml"), &*POLICY).unwrap();
    world
}

const COMMAND: [&str; 5] = ["explain", "dev/app:v1", "--who-pulled", "--format", "json"];

fn explained(world: &World, code: i32) -> Value {
    let ended = world.run(&COMMAND);
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    let explanation: Value = serde_json::from_str(&ended.stdout).unwrap();
    is_valid(&explanation, "explanation");
    explanation
}

#[test]
fn whoever_pulled_is_told_with_times_and_our_own_reads_apart() {
    let world = world(|by_tag, by_digest| {
        let service = json!({ "type": "AWSService", "invokedBy": "inspector2.amazonaws.com" });
        let other = json!({ "imageDigest": digest(99) });
        vec![
            event(1, &session("Deploy", "i-0abc"), "docker/28.0", by_tag),
            event(5, &session("Deploy", "i-0def"), "docker/28.0", by_tag),
            event(6, &service, "inspector2.amazonaws.com", by_digest),
            event(7, &session("EcrSweepRead", "ecr-sweep"), "aws-sdk-rust/1.3", by_digest),
            event(8, &session("Nightly", "x"), "docker/28.0", &other),
        ]
    });
    let pulls = explained(&world, 0)["pulls"].clone();
    assert_eq!(pulls["not_read"], json!([]));
    let pullers = pulls["pullers"].as_array().unwrap();
    let told: Vec<String> = pullers
        .iter()
        .map(|it| format!("{} {} {} {}", it["principal"], it["what"], it["calls"], it["own"]))
        .collect();
    let role = |name: &str| format!("\"arn:aws:iam::111122223333:role/{name}\"");
    assert_eq!(
        told,
        [
            "\"inspector2.amazonaws.com\" \"digest\" 1 false".to_owned(),
            format!("{} \"tag\" 2 false", role("Deploy")),
            format!("{} \"digest\" 1 true", role("EcrSweepRead")),
        ]
    );
    assert_eq!(pullers[1]["session"], "i-0def");
    assert_eq!(pullers[1]["first"], "2026-10-01T00:00:00Z");
    assert_eq!(pullers[1]["latest"], "2026-10-05T00:00:00Z");

    let table = world.run(&COMMAND[..3]);
    for part in ["Who pulled it since 20", "role/EcrSweepRead, ecr-sweep itself", "2 calls"] {
        assert!(table.stdout.contains(part), "{part}: {}", table.stdout);
    }
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn every_page_of_events_is_read() {
    let world = world(|by_tag, _| vec![event(1, &session("Deploy", "a"), "docker", by_tag); 120]);
    let explanation = explained(&world, 0);
    assert_eq!(explanation["pulls"]["pullers"][0]["calls"], 120);
    assert_eq!(world.simulator.count("cloudtrail:LookupEvents"), 4);
}

#[test]
fn nobody_is_told_only_where_all_events_were_read() {
    let world = world(|_, _| Vec::new());
    let nobody = world.run(&COMMAND[..3]);
    assert_eq!(nobody.code, Some(0), "{}", nobody.stderr);
    assert!(nobody.stdout.contains("nobody: no event names it"), "{}", nobody.stdout);

    world.refuse("cloudtrail:LookupEvents", "AccessDeniedException");
    let denied = world.run(&COMMAND[..3]);
    assert_eq!(denied.code, Some(3), "{}", denied.stderr);
    assert!(!denied.stdout.contains("nobody"), "{}", denied.stdout);
    assert!(denied.stdout.contains("cloudtrail:LookupEvents"), "{}", denied.stdout);
    let verdict = explained(&world, 3)["verdict"].clone();
    assert_eq!(verdict, "delete");
}

#[test]
fn an_event_that_cannot_be_read_is_not_taken_for_no_pull() {
    let world = world(|by_tag, _| {
        let mut event = event(1, &session("Deploy", "a"), "docker", by_tag);
        event["requestParameters"] = Value::Null;
        vec![event]
    });
    let explanation = explained(&world, 3);
    let why = explanation["pulls"]["not_read"][0].as_str().unwrap();
    assert!(why.contains("1 of its events cannot be read"), "{why}");
}

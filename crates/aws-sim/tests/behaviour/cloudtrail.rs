//! `CloudTrail`: the event history is paged, filtered, and limited as documented.

use ecr_sweep_aws_sim::SimulatorOptions;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, REGION, World, assert_refused, column, organization};

fn event(name: &str, time: &str) -> Value {
    json!({
        "eventTime": time,
        "eventSource": "ecr.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
    })
}

fn world(events: Vec<Value>) -> World {
    World::with(SimulatorOptions {
        snapshot: Some(organization(json!([]), json!({}))),
        events,
        rates: vec!["cloudtrail:LookupEvents=1000".parse().unwrap()],
        ..SimulatorOptions::default()
    })
}

#[test]
fn events_are_found_by_name_the_newest_first_and_50_a_page() {
    let mut events = vec![event("BatchGetImage", "2026-10-01T00:00:00Z"); 60];
    events.push(event("BatchGetImage", "2026-10-02T00:00:00Z"));
    events.push(event("PutImage", "2026-10-02T00:00:00Z"));
    events.push(event("BatchGetImage", "2026-01-01T00:00:00Z"));
    let world = world(events);
    let by_name = json!([{ "AttributeKey": "EventName", "AttributeValue": "BatchGetImage" }]);
    let mut input = json!({ "LookupAttributes": by_name });
    let first = world.cloudtrail("LookupEvents", input.clone()).unwrap();
    let rows = first["Events"].as_array().unwrap();
    assert_eq!(rows.len(), 50);
    assert!(rows[0]["CloudTrailEvent"].as_str().unwrap().contains("2026-10-02"));
    input["NextToken"] = first["NextToken"].clone();
    let second = world.cloudtrail("LookupEvents", input).unwrap();
    assert_eq!(column(&second["Events"], "EventName").len(), 11);
    assert_eq!(second["NextToken"], Value::Null);
}

#[test]
fn what_is_no_lookup_is_refused() {
    let world = world(Vec::new());
    for (input, code) in [
        (json!({ "StartTime": 2, "EndTime": 1 }), "InvalidTimeRangeException"),
        (json!({ "MaxResults": 51 }), "InvalidMaxResultsException"),
        (json!({ "NextToken": "x" }), "InvalidNextTokenException"),
        (
            json!({ "LookupAttributes": [{ "AttributeKey": "X", "AttributeValue": "" }] }),
            "InvalidLookupAttributesException",
        ),
    ] {
        assert_refused(world.cloudtrail("LookupEvents", input), code);
    }
    assert_refused(world.cloudtrail("CreateTrail", json!({})), "UnknownOperationException");
}

#[test]
fn more_than_two_lookups_at_once_are_throttled() {
    let world = World::empty();
    let answers: Vec<_> = (0..40).map(|_| world.cloudtrail("LookupEvents", json!({}))).collect();
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(!refused.is_empty());
    assert!(refused.iter().all(|it| it.code == "throttlingexception"), "{refused:?}");
}

//! Rates: what is over them is throttled.

use ecr_sweep_aws_sim::{Rate, SimulatorOptions};
use serde_json::json;

use crate::world::{OTHER, World, assert_refused, organization};

/// Two at once, and none within any time that a test takes.
fn world(operation: &str) -> World {
    let rate = Rate { operation: operation.parse().unwrap(), per_second: 1e-6, burst: 2.0 };
    World::with(SimulatorOptions {
        snapshot: Some(organization(json!([]), json!({}))),
        rates: vec![rate],
        ..SimulatorOptions::default()
    })
}

#[test]
fn requests_over_the_rate_are_throttled_counted_and_counted_apart() {
    let world = world("ecr:DescribeImages");
    for _ in 0..2 {
        world.app("DescribeImages", json!({})).unwrap();
    }
    let message = assert_refused(world.app("DescribeImages", json!({})), "ThrottlingException");
    assert_eq!(message, "Rate exceeded");
    world.app("ListImages", json!({})).unwrap();
    assert_eq!(world.simulator.count("ecr:DescribeImages"), 3);
    assert_eq!(json!(world.simulator.throttled()), json!({ "ecr:DescribeImages": 1 }));
}

#[test]
fn each_account_region_and_operation_has_a_rate_of_its_own() {
    let mut world = world("ecr:*");
    for _ in 0..2 {
        world.ecr("DescribeRegistry", json!({})).unwrap();
    }
    assert!(world.ecr("DescribeRegistry", json!({})).is_err());
    world.ecr("DescribeRepositories", json!({})).unwrap();
    world.account = OTHER.to_owned();
    world.ecr("DescribeRegistry", json!({})).unwrap();
    world.region = "eu-west-2".to_owned();
    world.ecr("DescribeRegistry", json!({})).unwrap();
}

#[test]
fn lambda_throttles_in_its_own_words() {
    let world = world("lambda:*");
    let list = || world.rest("GET", "/2015-03-31/functions", serde_json::Value::Null);
    list().unwrap();
    list().unwrap();
    let refusal = list().unwrap_err();
    assert_eq!((refusal.status, refusal.code.as_str()), (429, "toomanyrequestsexception"));
}

//! STS and Account: who calls, and where.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws_sim::SimulatorOptions;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, OTHER, Request, Response, World, organization, place_of, snapshot};

fn sts(world: &World, token: Option<&str>, body: &str) -> Response {
    let authorization = world.authorization("sts");
    let mut headers = vec![
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", &authorization),
    ];
    headers.extend(token.map(|token| ("X-Amz-Security-Token", token)));
    world.send(&Request { method: "POST", path: "/", headers: &headers, body }).unwrap()
}

fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).expect(name);
    rest.split_once(&format!("</{name}>")).unwrap().0
}

#[test]
fn an_access_key_of_12_digits_is_the_account_and_any_other_means_home() {
    let mut world = World::empty();
    for (key, account) in [(OTHER, OTHER), ("AKIAIOSFODNN7EXAMPLE", ACCOUNT), ("123", ACCOUNT)] {
        world.account = key.to_owned();
        let answer = sts(&world, None, "Action=GetCallerIdentity&Version=2011-06-15");
        assert_eq!(element(&answer.body, "Account"), account, "{key}");
    }
}

#[test]
fn an_assumed_role_calls_from_its_own_account_under_its_own_name() {
    let mut world = World::empty();
    let body = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=sweep\
                &RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Fpath%2FEcrSweepRead";
    let answer = sts(&world, None, body);
    let arn = "arn:aws:sts::444455556666:assumed-role/EcrSweepRead/sweep";
    assert_eq!(element(&answer.body, "Arn"), arn);
    let token = element(&answer.body, "SessionToken").to_owned();
    world.account = element(&answer.body, "AccessKeyId").to_owned();
    let answer = sts(&world, Some(&token), "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(element(&answer.body, "Account"), OTHER);
    assert_eq!(element(&answer.body, "Arn"), arn);
}

#[test]
fn a_role_that_is_not_there_is_denied_to_the_caller_by_name() {
    let roles = BTreeSet::from(["EcrSweepRead".to_owned()]);
    let seeded = |roles| {
        World::with(SimulatorOptions {
            snapshot: Some(organization(json!([]), json!({}))),
            members: BTreeMap::from([(OTHER.parse().unwrap(), "ACTIVE".to_owned())]),
            roles,
            ..SimulatorOptions::default()
        })
    };
    let assume = |world: &World, account: &str, name: &str| {
        let body = format!(
            "Action=AssumeRole&RoleSessionName=sweep\
             &RoleArn=arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2F{name}"
        );
        sts(world, None, &body)
    };
    let world = seeded(BTreeMap::from([(OTHER.parse().unwrap(), roles)]));
    assert_eq!(assume(&world, OTHER, "EcrSweepRead").status, 200);
    let denied = assume(&world, OTHER, "EcrSweepDelete");
    assert_eq!((denied.status, element(&denied.body, "Code")), (403, "AccessDenied"));
    assert_eq!(
        element(&denied.body, "Message"),
        "User: arn:aws:iam::111122223333:user/simulated is not authorized to perform: \
         sts:AssumeRole on resource: arn:aws:iam::444455556666:role/EcrSweepDelete"
    );
    let world = seeded(BTreeMap::new());
    assert_eq!(assume(&world, OTHER, "Whatever").status, 200);
    assert_eq!(assume(&world, "777788889999", "Whatever").status, 403);
}

#[test]
fn what_is_no_role_cannot_be_assumed() {
    let world = World::empty();
    for role in ["", "&RoleArn=admin", "&RoleArn=arn%3Aaws%3Aiam%3A%3A12%3Arole%2Fx"] {
        let answer = sts(&world, None, &format!("Action=AssumeRole&RoleSessionName=sweep{role}"));
        assert_eq!(
            (answer.status, element(&answer.body, "Code")),
            (400, "ValidationError"),
            "{role}"
        );
    }
}

#[test]
fn another_action_of_sts_is_not_known() {
    let answer = sts(&World::empty(), None, "Action=GetSessionToken&Version=2011-06-15");
    assert_eq!((answer.status, element(&answer.body, "Code")), (400, "InvalidAction"));
}

fn regions(world: &World, input: Value) -> Vec<Value> {
    let answer = world.rest("POST", "/listRegions", input).unwrap();
    answer["Regions"].as_array().unwrap().iter().map(|it| it["RegionName"].clone()).collect()
}

#[test]
fn enabled_regions_are_those_that_the_workloads_name() {
    let workloads = json!({ "regions": ["us-east-1", "il-central-1"] });
    let world = World::seeded(organization(json!([]), workloads));
    let answer = world.rest("POST", "/listRegions", json!({})).unwrap();
    let expected = json!([
        { "RegionName": "il-central-1", "RegionOptStatus": "ENABLED" },
        { "RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT" },
    ]);
    assert_eq!(answer, json!({ "Regions": expected }));
    let wanted = json!({ "RegionOptStatusContains": ["ENABLED"] });
    assert_eq!(regions(&world, wanted), ["il-central-1"]);
}

#[test]
fn enabled_regions_are_all_that_the_snapshot_mentions_if_it_names_none() {
    let registry = json!({ "account": OTHER, "region": "eu-west-2", "repositories": [] });
    let workloads = json!({ "ecs": [{ "account": OTHER, "region": "eu-west-3" }] });
    let world = World::seeded(snapshot(json!([registry]), workloads));
    assert_eq!(regions(&world, json!({})), ["eu-west-1", "eu-west-2", "eu-west-3"]);
}

#[test]
fn the_home_region_is_enabled_where_there_is_nothing() {
    let home = Some(place_of(ACCOUNT, "eu-north-1"));
    let world = World::with(SimulatorOptions { home, ..SimulatorOptions::default() });
    assert_eq!(regions(&world, json!({})), ["eu-north-1"]);
}

#[test]
fn regions_are_listed_50_a_page() {
    let names: Vec<String> = (0..51).map(|number| format!("xx-test-{number:02}")).collect();
    let world = World::seeded(organization(json!([]), json!({ "regions": names })));
    let first = world.rest("POST", "/listRegions", json!({})).unwrap();
    assert_eq!(first["Regions"].as_array().unwrap().len(), 50);
    assert_eq!(regions(&world, json!({ "NextToken": first["NextToken"] })), ["xx-test-50"]);
    let refusal = world.rest("POST", "/listRegions", json!({ "MaxResults": 51 })).unwrap_err();
    assert_eq!(refusal.code, "validationexception");
}

#[test]
fn a_region_that_is_not_enabled_is_disabled() {
    let world = World::empty();
    let status = |region: &str| {
        let input = json!({ "RegionName": region });
        world.rest("POST", "/getRegionOptStatus", input).unwrap()["RegionOptStatus"].clone()
    };
    assert_eq!(status("eu-west-1"), "ENABLED_BY_DEFAULT");
    assert_eq!(status("me-south-1"), "DISABLED");
}

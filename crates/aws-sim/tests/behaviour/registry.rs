//! The registry as a whole.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, OTHER, REGION, World, assert_refused, snapshot};

fn with_destinations(destinations: Value) -> World {
    let registry = json!({
        "account": ACCOUNT,
        "region": REGION,
        "deletes_replicate_to": destinations,
        "repositories": [],
    });
    World::seeded(snapshot(json!([registry]), json!({})))
}

#[test]
fn a_registry_that_replicates_deletions_says_so_in_its_raw_configuration() {
    let world = with_destinations(json!([{ "account": OTHER, "region": "eu-west-2" }]));
    let rule = json!({
        "destinations": [{ "region": "eu-west-2", "registryId": OTHER }],
        "repositoryFilters": [],
        "deleteReplication": { "enabled": true },
    });
    let expected =
        json!({ "registryId": ACCOUNT, "replicationConfiguration": { "rules": [rule] } });
    assert_eq!(world.ecr("DescribeRegistry", json!({})).unwrap(), expected);
}

#[test]
fn a_registry_that_replicates_nothing_has_no_rules() {
    for world in [with_destinations(json!([])), World::empty()] {
        let answer = world.ecr("DescribeRegistry", json!({})).unwrap();
        assert_eq!(answer["replicationConfiguration"], json!({ "rules": [] }));
    }
}

#[test]
fn a_registry_has_the_pull_through_cache_rules_of_its_snapshot() {
    let rule = |prefix: &str| {
        json!({
            "prefix": prefix, "upstream": { "account": OTHER, "region": "eu-west-2" },
            "upstream_prefix": "ROOT",
        })
    };
    let mut seeded = snapshot(json!([]), json!({}));
    let rules = json!([{ "account": ACCOUNT, "region": REGION, "rules": [rule("a"), rule("b")] }]);
    seeded.cache_rules = serde_json::from_value(rules).unwrap();
    let world = World::seeded(seeded.clone());
    let list = |more: Value| world.ecr("DescribePullThroughCacheRules", more).unwrap();
    let first = list(json!({ "maxResults": 1 }));
    let expected = json!([{
        "ecrRepositoryPrefix": "a",
        "upstreamRegistryUrl": "444455556666.dkr.ecr.eu-west-2.amazonaws.com",
        "upstreamRegistry": "ecr",
        "upstreamRepositoryPrefix": "ROOT",
        "registryId": ACCOUNT,
    }]);
    assert_eq!(first["pullThroughCacheRules"], expected);
    let second = list(json!({ "nextToken": first["nextToken"] }));
    assert_eq!(second["pullThroughCacheRules"][0]["ecrRepositoryPrefix"], "b");
    assert_eq!(second.get("nextToken"), None);
    assert_eq!(world.simulator.snapshot().cache_rules, seeded.cache_rules);
}

#[test]
fn a_registry_has_the_policy_that_was_put_and_none_before() {
    let world = World::empty();
    let outcome = world.ecr("GetRegistryPolicy", json!({}));
    assert_refused(outcome, "RegistryPolicyNotFoundException");
    let outcome = world.ecr("PutRegistryPolicy", json!({ "policyText": "no JSON" }));
    assert_refused(outcome, "InvalidParameterException");
    let policy = r#"{ "Version": "2012-10-17",  "Statement": [] }"#;
    world.ecr("PutRegistryPolicy", json!({ "policyText": policy })).unwrap();
    let answer = world.ecr("GetRegistryPolicy", json!({})).unwrap();
    assert_eq!(answer, json!({ "registryId": ACCOUNT, "policyText": policy }));
}

#[test]
fn an_authorization_token_is_a_user_and_a_password() {
    let answer = World::empty().ecr("GetAuthorizationToken", json!({})).unwrap();
    let data = &answer["authorizationData"][0];
    let token = BASE64_STANDARD.decode(data["authorizationToken"].as_str().unwrap()).unwrap();
    assert!(token.starts_with(b"AWS:"));
    assert_eq!(data["proxyEndpoint"], "https://111122223333.dkr.ecr.eu-west-1.amazonaws.com");
}

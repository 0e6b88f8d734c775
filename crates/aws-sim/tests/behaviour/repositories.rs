//! Repositories: listed, created, deleted; their tags and policies.

use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, OTHER, REGION, World, assert_refused, column, digest, place, place_of, snapshot,
};

fn many(count: usize) -> World {
    let repositories: Vec<Value> = (0..count)
        .map(|number| json!({ "name": format!("app-{number:04}"), "images": [] }))
        .collect();
    let registry = json!({ "account": ACCOUNT, "region": REGION, "repositories": repositories });
    World::seeded(snapshot(json!([registry]), json!({})))
}

#[test]
fn a_page_of_repositories_is_100_by_default_and_1000_at_most() {
    let world = many(1001);
    let count = |input: Value| {
        let page = world.ecr("DescribeRepositories", input).unwrap();
        (page["repositories"].as_array().unwrap().len(), page["nextToken"].is_string())
    };
    assert_eq!(count(json!({})), (100, true));
    assert_eq!(count(json!({ "maxResults": 1000 })), (1000, true));
    for size in [0, 1001] {
        let outcome = world.ecr("DescribeRepositories", json!({ "maxResults": size }));
        assert_refused(outcome, "InvalidParameterException");
    }
}

#[test]
fn pages_together_hold_every_repository_once() {
    let world = many(25);
    let mut names = Vec::new();
    let mut token = Value::Null;
    loop {
        let input = json!({ "maxResults": 10, "nextToken": token });
        let page = world.ecr("DescribeRepositories", input).unwrap();
        names.extend(column(&page["repositories"], "repositoryName"));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let expected: Vec<Value> = (0..25).map(|number| json!(format!("app-{number:04}"))).collect();
    assert_eq!(names, expected);
}

#[test]
fn repositories_that_are_named_cannot_be_paged() {
    let world = many(2);
    let named = |extra: Value| {
        let mut input = extra;
        input["repositoryNames"] = json!(["app-0001"]);
        world.ecr("DescribeRepositories", input)
    };
    let found = named(json!({})).unwrap();
    assert_eq!(column(&found["repositories"], "repositoryName"), [json!("app-0001")]);
    for extra in [json!({ "maxResults": 10 }), json!({ "nextToken": "00" })] {
        assert_refused(named(extra), "InvalidParameterException");
    }
    let gone = json!({ "repositoryNames": ["app-0001", "gone"] });
    assert_refused(world.ecr("DescribeRepositories", gone), "RepositoryNotFoundException");
    let too_many: Vec<&str> = vec!["app-0001"; 101];
    let outcome = world.ecr("DescribeRepositories", json!({ "repositoryNames": too_many }));
    assert_refused(outcome, "InvalidParameterException");
}

#[test]
fn a_repository_is_created_with_its_tags_and_described() {
    let world = World::empty();
    let input = json!({
        "repositoryName": "team/app",
        "tags": [{ "Key": "team", "Value": "payments" }],
        "imageTagMutability": "IMMUTABLE",
    });
    let created = world.ecr("CreateRepository", input.clone()).unwrap();
    let expected = json!({
        "repositoryArn": "arn:aws:ecr:eu-west-1:111122223333:repository/team/app",
        "registryId": "111122223333",
        "repositoryName": "team/app",
        "repositoryUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app",
        "createdAt": 1_795_132_800,
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": { "scanOnPush": false },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    });
    assert_eq!(created["repository"], expected);
    let listed = world.ecr("DescribeRepositories", json!({})).unwrap();
    assert_eq!(listed["repositories"], json!([expected]));
    let arn = json!({ "resourceArn": created["repository"]["repositoryArn"] });
    let tags = world.ecr("ListTagsForResource", arn).unwrap();
    assert_eq!(tags["tags"], json!([{ "Key": "team", "Value": "payments" }]));
    assert_refused(world.ecr("CreateRepository", input), "RepositoryAlreadyExistsException");
    for name in ["Team", "a", "a//b", "-a"] {
        let outcome = world.ecr("CreateRepository", json!({ "repositoryName": name }));
        assert_refused(outcome, "InvalidParameterException");
    }
    assert_refused(world.ecr("CreateRepository", json!({})), "InvalidParameterException");
}

#[test]
fn a_repository_with_images_is_deleted_by_force_only() {
    let world = World::images(json!([{ "digest": digest(1) }]));
    let outcome = world.app("DeleteRepository", json!({}));
    assert_refused(outcome, "RepositoryNotEmptyException");
    world.app("DeleteRepository", json!({ "force": true })).unwrap();
    assert_eq!(world.simulator.images(&place(), "dev/app"), None);
    let outcome = world.app("DeleteRepository", json!({ "force": true }));
    assert_refused(outcome, "RepositoryNotFoundException");
}

#[test]
fn tags_of_a_repository_come_and_go() {
    let world = many(1);
    let arn = "arn:aws:ecr:eu-west-1:111122223333:repository/app-0000";
    let tags = json!([{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }]);
    world.ecr("TagResource", json!({ "resourceArn": arn, "tags": tags })).unwrap();
    world.ecr("UntagResource", json!({ "resourceArn": arn, "tagKeys": ["a"] })).unwrap();
    let left = world.ecr("ListTagsForResource", json!({ "resourceArn": arn })).unwrap();
    assert_eq!(left["tags"], json!([{ "Key": "b", "Value": "2" }]));
    let many: Vec<Value> =
        (0..50).map(|number| json!({ "Key": format!("k{number}"), "Value": "" })).collect();
    let outcome = world.ecr("TagResource", json!({ "resourceArn": arn, "tags": many }));
    assert_refused(outcome, "TooManyTagsException");
    let gone = json!({ "resourceArn": format!("{arn}1") });
    assert_refused(world.ecr("ListTagsForResource", gone), "RepositoryNotFoundException");
    let no_arn = json!({ "resourceArn": "app-0000" });
    assert_refused(world.ecr("ListTagsForResource", no_arn), "InvalidParameterException");
}

#[test]
fn a_repository_without_a_policy_has_none() {
    let outcome = World::images(json!([])).app("GetRepositoryPolicy", json!({}));
    assert_refused(outcome, "RepositoryPolicyNotFoundException");
}

#[test]
fn a_policy_that_was_set_is_answered_as_it_was_written() {
    let world = World::images(json!([]));
    let policy = r#"{ "Version": "2012-10-17",  "Statement": [] }"#;
    world.app("SetRepositoryPolicy", json!({ "policyText": policy })).unwrap();
    let answer = world.app("GetRepositoryPolicy", json!({})).unwrap();
    assert_eq!(answer["policyText"], policy);
    let outcome = world.app("SetRepositoryPolicy", json!({ "policyText": "no JSON" }));
    assert_refused(outcome, "InvalidParameterException");
}

#[test]
fn whom_a_seeded_repository_admits_is_in_its_policy() {
    let repository =
        json!({ "name": "dev/app", "allows": [OTHER, "organization", "public"], "images": [] });
    let registry = json!({ "account": ACCOUNT, "region": REGION, "repositories": [repository] });
    let world = World::seeded(snapshot(json!([registry]), json!({})));
    let answer = world.app("GetRepositoryPolicy", json!({})).unwrap();
    let policy: Value = serde_json::from_str(answer["policyText"].as_str().unwrap()).unwrap();
    let principals = column(&policy["Statement"], "Principal");
    let root = json!({ "AWS": "arn:aws:iam::444455556666:root" });
    assert_eq!(principals, [root, json!("*"), json!("*")]);
    let conditions = column(&policy["Statement"], "Condition");
    assert!(conditions[1]["StringEquals"]["aws:PrincipalOrgID"].is_string());
    assert_eq!(conditions[2], Value::Null);
}

#[test]
fn accounts_and_regions_are_apart() {
    let mut world = World::images(json!([]));
    for (account, region) in [(OTHER, REGION), (ACCOUNT, "eu-west-2")] {
        world.account = account.to_owned();
        world.region = region.to_owned();
        let listed = world.ecr("DescribeRepositories", json!({})).unwrap();
        assert_eq!(listed, json!({ "repositories": [] }), "{account}/{region}");
    }
    world.ecr("CreateRepository", json!({ "repositoryName": "mine" })).unwrap();
    let place = place_of(ACCOUNT, "eu-west-2");
    assert_eq!(world.simulator.images(&place, "mine"), Some(vec![]));
    assert_eq!(world.simulator.images(&crate::world::place(), "mine"), None);
}

#[test]
fn a_registry_id_names_the_registry_of_another_account_in_the_same_region() {
    let mut world = World::images(json!([]));
    world.account = OTHER.to_owned();
    let listed = world.ecr("DescribeRepositories", json!({ "registryId": ACCOUNT })).unwrap();
    assert_eq!(column(&listed["repositories"], "registryId"), [json!(ACCOUNT)]);
    let outcome = world.ecr("DescribeRepositories", json!({ "registryId": "12" }));
    assert_refused(outcome, "InvalidParameterException");
}

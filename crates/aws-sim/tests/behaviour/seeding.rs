//! What a simulator makes of a snapshot, and the snapshot that it gives back.

use ecr_sweep_aws_sim::{Simulator, SimulatorOptions};
use ecr_sweep_protocol::Snapshot;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, INDEX, REGION, World, digest, now, organization, snapshot};

fn refused(snapshot: Snapshot) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let options = SimulatorOptions { snapshot: Some(snapshot), ..SimulatorOptions::default() };
    runtime.block_on(Simulator::start(options)).unwrap_err().to_string()
}

#[test]
fn a_snapshot_comes_back_as_it_went_in() {
    let arn = |rest: &str| format!("arn:aws:ecs:eu-west-1:111122223333:{rest}");
    let ecs = json!({
        "account": ACCOUNT,
        "region": REGION,
        "clusters": [{
            "clusterArn": arn("cluster/prod"), "clusterName": "prod", "status": "ACTIVE",
        }],
        "services": [{
            "serviceArn": arn("service/prod/web"),
            "serviceName": "web",
            "clusterArn": arn("cluster/prod"),
            "status": "ACTIVE",
        }],
        "tasks": [],
        "task_definitions": [],
        "service_revisions": [],
        "service_deployments": [],
    });
    let lambda = json!({ "account": ACCOUNT, "region": REGION, "functions": [{
        "Configuration": {
            "FunctionName": "f",
            "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "Version": "$LATEST",
            "PackageType": "Zip",
            "Runtime": "python3.13",
            "State": "Active",
        },
    }] });
    let images = json!([
        { "digest": digest(1), "tags": ["a", "b"], "pushed_at": "2026-01-01T00:00:00Z" },
        { "digest": digest(2), "media_type": INDEX, "children": [digest(1)] },
    ]);
    let workloads = json!({ "regions": [REGION], "ecs": [ecs], "lambda": [lambda] });
    let mut seeded = organization(images, workloads);
    seeded.registries[0].repositories[0].tags.insert("team".into(), "x".into());
    let world = World::seeded(seeded.clone());
    assert_eq!(world.simulator.snapshot(), seeded);
}

#[test]
fn a_snapshot_shows_what_changed() {
    let world = World::images(json!([{ "digest": digest(1) }, { "digest": digest(2) }]));
    world.app("BatchDeleteImage", json!({ "imageIds": [{ "imageDigest": digest(1) }] })).unwrap();
    world.app("BatchGetImage", json!({ "imageIds": [{ "imageDigest": digest(2) }] })).unwrap();
    let images = world.simulator.snapshot().registries[0].repositories[0].images.clone();
    assert_eq!(images.len(), 1);
    assert_eq!(images[0].pulled_at, Some(now()));
}

#[test]
fn what_an_arn_says_need_not_be_said_twice() {
    let task = "arn:aws:ecs:eu-west-1:111122223333:task/prod/a";
    let ecs = json!({
        "account": ACCOUNT,
        "region": REGION,
        "tasks": [{ "taskArn": task, "lastStatus": "STOPPED" }],
        "task_definitions": [{ "family": "web", "revision": 3, "containerDefinitions": [] }],
    });
    let world = World::seeded(organization(json!([]), json!({ "ecs": [ecs] })));
    let clusters = world.ecs("ListClusters", json!({})).unwrap();
    assert_eq!(clusters["clusterArns"], json!(["arn:aws:ecs:eu-west-1:111122223333:cluster/prod"]));
    let stopped = json!({ "cluster": "prod", "desiredStatus": "STOPPED" });
    assert_eq!(world.ecs("ListTasks", stopped).unwrap()["taskArns"], json!([task]));
    let found = world.ecs("DescribeTaskDefinition", json!({ "taskDefinition": "web:3" })).unwrap();
    let arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:3";
    assert_eq!(found["taskDefinition"]["taskDefinitionArn"], arn);
    assert_eq!(found["taskDefinition"]["status"], "ACTIVE");
}

#[test]
fn a_snapshot_that_contradicts_itself_is_refused_by_name() {
    let twice = |images: Value| refused(organization(images, json!({})));
    let digests = twice(json!([{ "digest": digest(1) }, { "digest": digest(1) }]));
    assert!(digests.contains(&digest(1).to_string()) && digests.contains("dev/app"), "{digests}");
    let tags = twice(json!([
        { "digest": digest(1), "tags": ["v1"] },
        { "digest": digest(2), "tags": ["v1"] },
    ]));
    assert!(tags.contains("`v1`"), "{tags}");
    let repository = json!({ "name": "dev/app", "images": [] });
    let registry =
        json!({ "account": ACCOUNT, "region": REGION, "repositories": [repository, repository] });
    let repositories = refused(snapshot(json!([registry]), json!({})));
    assert!(repositories.contains("`dev/app`"), "{repositories}");
}

#[test]
fn a_workload_that_nothing_identifies_is_refused() {
    for (member, kind) in [
        ("clusters", "cluster"),
        ("services", "service"),
        ("tasks", "task"),
        ("task_definitions", "task definition"),
        ("service_revisions", "service revision"),
        ("service_deployments", "service deployment"),
    ] {
        let ecs = json!({ "account": ACCOUNT, "region": REGION, member: [{}] });
        let problem = refused(organization(json!([]), json!({ "ecs": [ecs] })));
        assert!(problem.contains(&format!("a {kind} of 111122223333/eu-west-1")), "{problem}");
    }
    let lambda = json!({ "account": ACCOUNT, "region": REGION, "functions": [{}] });
    let problem = refused(organization(json!([]), json!({ "lambda": [lambda] })));
    assert!(problem.contains("a function of"), "{problem}");
}

#[test]
fn only_loopback_addresses_are_listened_on() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let address = Some("0.0.0.0:0".parse().unwrap());
    let options = SimulatorOptions { address, ..SimulatorOptions::default() };
    let problem = runtime.block_on(Simulator::start(options)).unwrap_err().to_string();
    assert!(problem.contains("loopback"), "{problem}");
}

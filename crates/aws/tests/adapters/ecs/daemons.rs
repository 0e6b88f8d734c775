//! Managed daemons.

use std::sync::Arc;

use ecr_sweep_aws::sources::ScanCache;
use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_core::Source;
use serde_json::{Value, json};

use super::{arn, image, of_kind, organization, shown};
use crate::world::{World, digest};

fn revision(id: &str, images: Value) -> Value {
    json!({
        "daemonRevisionArn": arn(&format!("daemon-revision/main/agent/{id}")),
        "daemonTaskDefinitionArn": arn("daemon-task-definition/agent:1"),
        "containerImages": images,
    })
}

fn resolved(tag: &str, number: u32) -> Value {
    json!([{ "containerName": "app", "image": image(tag), "imageDigest": digest(number) }])
}

fn definition(name: &str, status: &str, tag: &str) -> Value {
    json!({
        "daemonTaskDefinitionArn": arn(&format!("daemon-task-definition/{name}")),
        "status": status,
        "containerDefinitions": [
            { "name": "app", "image": image(tag),
              "environment": [{ "name": "PASSWORD", "value": "secret" }] },
        ],
    })
}

/// A daemon that is rolled back: what it runs, what it replaced, what it was to run, and what it
/// goes back to.
pub(super) fn daemons() -> Value {
    let name = |id: &str| json!({ "arn": arn(&format!("daemon-revision/main/agent/{id}")) });
    json!({
        "daemons": [{
            "daemonArn": arn("daemon/main/agent"),
            "currentRevisions": [name("1")],
            "deploymentArn": arn("daemon-deployment/main/agent/1"),
        }],
        "daemon_deployments": [{
            "daemonDeploymentArn": arn("daemon-deployment/main/agent/1"),
            "status": "ROLLBACK_IN_PROGRESS",
            "sourceDaemonRevisions": [name("2")],
            "targetDaemonRevision": name("3"),
            "rollback": {
                "rollbackTargetDaemonRevisionArn": arn("daemon-revision/main/agent/4"),
            },
        }],
        "daemon_revisions": [
            revision("1", resolved("v1", 1)), revision("2", resolved("v2", 2)),
            revision("3", json!([])), revision("4", resolved("v4", 4)),
            revision("5", resolved("v5", 5)),
        ],
        "daemon_task_definitions": [
            definition("agent:1", "DELETE_IN_PROGRESS", "v3"), definition("agent:2", "ACTIVE", "v6"),
            definition("agent:3", "DELETED", "v7"),
        ],
    })
}

#[tokio::test]
async fn what_a_daemon_runs_and_could_go_back_to_counts_and_every_active_definition() {
    let world = World::start(organization(daemons())).await;
    let scanned = world.scan(Source::Ecs).await.unwrap();
    assert_eq!(
        shown(&scanned.usage),
        [
            "ecs-daemon daemon-revision/main/agent/1 v1 = 1",
            "ecs-daemon daemon-revision/main/agent/2 v2 = 2",
            "ecs-daemon daemon-revision/main/agent/3 v3",
            "ecs-daemon daemon-revision/main/agent/4 v4 = 4",
            "ecs-daemon daemon-task-definition/agent:2 v6",
        ]
    );
    let recorded = serde_json::to_string(&scanned.workloads).unwrap();
    assert!(!recorded.contains("secret"), "{recorded}");
}

#[tokio::test]
async fn what_never_changes_of_a_daemon_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
    let world = World::start(organization(daemons())).await;
    let first = world.scan_with(Source::Ecs, None, &cache).await.unwrap();
    world.simulator.reset_counts();
    assert_eq!(world.scan_with(Source::Ecs, None, &cache).await.unwrap(), first);
    // The revision that has not resolved its images is asked for again.
    assert_eq!(world.simulator.count("ecs:DescribeDaemonRevisions"), 1);
    assert_eq!(world.simulator.count("ecs:DescribeDaemonTaskDefinition"), 0);
}

#[tokio::test]
async fn where_nothing_defines_a_daemon_no_cluster_is_asked_for_one() {
    let world = World::start(organization(json!({
        "clusters": [{ "clusterArn": arn("cluster/main") }],
    })))
    .await;
    world.scan(Source::Ecs).await.unwrap();
    assert_eq!(world.simulator.count("ecs:ListDaemonTaskDefinitions"), 1);
    assert_eq!(world.simulator.count("ecs:ListDaemons"), 0);
}

#[tokio::test]
async fn where_there_are_no_daemons_everything_else_is_seen() {
    let world = World::start(organization(json!({
        "task_definitions": [super::definition("web:1", "ACTIVE", &["v1"])],
    })))
    .await;
    for code in ["UnknownOperationException", "InvalidAction", "UnsupportedFeatureException"] {
        world.fault("ecs:ListDaemonTaskDefinitions", crate::world::error(code));
        let scanned = world.scan(Source::Ecs).await.unwrap();
        assert_eq!(of_kind(&scanned, "ecs-task-definition").len(), 1);
    }
}

#[tokio::test]
async fn a_current_revision_of_a_daemon_that_is_missing_is_an_error() {
    let mut ecs = daemons();
    ecs["daemon_revisions"].as_array_mut().unwrap().remove(0);
    let error = World::start(organization(ecs)).await.scan(Source::Ecs).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("ecs:DescribeDaemonRevisions"), "{error}");
}

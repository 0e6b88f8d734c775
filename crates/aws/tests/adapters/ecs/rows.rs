use std::sync::Arc;

use ecr_sweep_aws::sources::ScanCache;
use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_core::{Source, TaskDefinition, TaskDefinitionStatus, Usage};
use serde_json::{Value, json};

use super::{arn, definition, image, of_kind, organization, scan, shown, task};
use crate::world::{ACCOUNT, REGION, World, digest, now, snapshot};

#[tokio::test]
async fn an_account_without_anything_has_no_usage() {
    let scanned = scan(json!({})).await;
    assert_eq!(scanned.usage, []);
    assert_eq!(scanned.workloads.source(), Source::Ecs);
}

#[tokio::test]
async fn a_row_says_everything_that_is_known_of_the_reference() {
    let scanned =
        scan(json!({ "task_definitions": [definition("web:12", "ACTIVE", &["v1"])] })).await;
    let expected = Usage {
        reference: image("v1").into(),
        kind: "ecs-task-definition".parse().unwrap(),
        arn: arn("task-definition/web:12").into(),
        account: ACCOUNT.parse().unwrap(),
        region: REGION.parse().unwrap(),
        cluster: None,
        task_definition: Some(TaskDefinition {
            family: "web".into(),
            revision: 12,
            status: TaskDefinitionStatus::Active,
        }),
        resolved: None,
        deployed_at: None,
        seen_at: Some(now()),
    };
    assert_eq!(scanned.usage, [expected]);
}

#[tokio::test]
async fn every_container_of_every_active_revision_counts() {
    let scanned = scan(json!({ "task_definitions": [
        definition("web:1", "INACTIVE", &["v1"]),
        definition("web:2", "ACTIVE", &["v2", "log-1"]),
        definition("web:3", "ACTIVE", &["v3", "log-1"]),
        definition("web:4", "DELETE_IN_PROGRESS", &["v4"]),
        definition("job:1", "ACTIVE", &["v9"]),
    ] }))
    .await;
    assert_eq!(
        shown(&scanned.usage),
        [
            "ecs-task-definition task-definition/job:1 v9",
            "ecs-task-definition task-definition/web:2 log-1",
            "ecs-task-definition task-definition/web:2 v2",
            "ecs-task-definition task-definition/web:3 log-1",
            "ecs-task-definition task-definition/web:3 v3",
        ]
    );
}

#[tokio::test]
async fn the_newest_revisions_count_besides_those_that_are_named() {
    let definitions: Vec<Value> = (8..=12)
        .map(|revision| {
            definition(&format!("web:{revision}"), "ACTIVE", &[&format!("v{revision}")])
        })
        .collect();
    let running = task("t1", "RUNNING", "web:8", json!([]));
    let world = World::start(organization(json!({
        "task_definitions": definitions,
        "tasks": [running],
    })))
    .await;
    let scanned = world.scan_with(Source::Ecs, Some(2), &ScanCache::off()).await.unwrap();
    assert_eq!(
        shown(&scanned.usage),
        [
            "ecs-task task/main/t1 v8",
            "ecs-task-definition task-definition/web:11 v11",
            "ecs-task-definition task-definition/web:12 v12",
        ]
    );
    assert_eq!(world.simulator.count("ecs:DescribeTaskDefinition"), 3);
}

#[tokio::test]
async fn tasks_that_run_and_tasks_that_stopped_have_their_digests() {
    let container = |tag: &str, number| json!([{ "name": "app", "image": image(tag), "imageDigest": digest(number) }]);
    let scanned = scan(json!({
        "task_definitions": [definition("web:1", "ACTIVE", &["latest"])],
        "tasks": [
            task("t1", "RUNNING", "web:1", container("latest", 2)),
            task("t2", "STOPPED", "web:1", container("latest", 1)),
        ],
    }))
    .await;
    assert_eq!(
        of_kind(&scanned, "ecs-task"),
        ["ecs-task task/main/t1 latest = 2", "ecs-task task/main/t2 latest = 1"]
    );
}

#[tokio::test]
async fn a_task_that_shows_no_containers_yet_counts_by_its_definition() {
    let scanned = scan(json!({
        "task_definitions": [definition("web:1", "INACTIVE", &["v1", "log-1"])],
        "tasks": [
            task("t1", "PROVISIONING", "web:1", json!([])),
            task("t2", "RUNNING", "web:1", json!([
                { "name": "app", "image": image("v1"), "imageDigest": digest(1) },
            ])),
        ],
    }))
    .await;
    assert_eq!(
        shown(&scanned.usage),
        [
            "ecs-task task/main/t1 log-1",
            "ecs-task task/main/t1 v1",
            "ecs-task task/main/t2 log-1",
            "ecs-task task/main/t2 v1 = 1",
        ]
    );
    let definition = scanned.usage[0].task_definition.as_ref().unwrap();
    assert_eq!(definition.status, TaskDefinitionStatus::Inactive);
}

#[tokio::test]
async fn a_task_keeps_its_images_when_its_definition_is_gone() {
    let containers = json!([{ "name": "app", "image": image("v1"), "imageDigest": digest(1) }]);
    let scanned = scan(json!({ "tasks": [task("t1", "STOPPED", "web:1", containers)] })).await;
    assert_eq!(shown(&scanned.usage), ["ecs-task task/main/t1 v1 = 1"]);
    assert_eq!(scanned.usage[0].task_definition, None);
}

#[tokio::test]
async fn images_of_elsewhere_are_recorded_too() {
    let containers = json!([
        { "name": "a", "image": "nginx", "imageDigest": digest(1) },
        { "name": "b", "image": "public.ecr.aws/x/y:1" },
    ]);
    let definitions = json!([definition("web:1", "INACTIVE", &[])]);
    let tasks = json!([task("t1", "RUNNING", "web:1", containers)]);
    let scanned = scan(json!({ "task_definitions": definitions, "tasks": tasks })).await;
    let references: Vec<&str> = scanned.usage.iter().map(|usage| &*usage.reference).collect();
    assert_eq!(references, ["nginx", "public.ecr.aws/x/y:1"]);
    assert_eq!(scanned.usage[0].resolved, Some(digest(1)));
}

#[tokio::test]
async fn a_revision_is_described_once_and_never_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
    let world = World::start(organization(json!({
        "task_definitions": [
            definition("web:1", "INACTIVE", &["v1"]),
            definition("web:2", "ACTIVE", &["v2"]),
            definition("web:3", "ACTIVE", &["v3"]),
        ],
        "tasks": [task("t1", "RUNNING", "web:1", json!([])), task("t2", "RUNNING", "web:2", json!([]))],
    })))
    .await;
    let first = world.scan_with(Source::Ecs, None, &cache).await.unwrap();
    assert_eq!(world.simulator.count("ecs:DescribeTaskDefinition"), 3);
    assert_eq!(world.scan_with(Source::Ecs, None, &cache).await.unwrap(), first);
    // What is not ACTIVE is asked for again: its status can change.
    assert_eq!(world.simulator.count("ecs:DescribeTaskDefinition"), 4);
}

#[tokio::test]
async fn only_names_and_images_are_recorded_and_a_recorded_scan_scans_the_same() {
    let first = World::start(organization(json!({
        "task_definitions": [
            definition("web:1", "ACTIVE", &["v1", "log-1"]),
            definition("web:2", "INACTIVE", &["v2"]),
        ],
        "tasks": [task("t1", "RUNNING", "web:1", json!([
            { "name": "app", "image": image("v1"), "imageDigest": digest(1) },
        ]))],
        "services": [{
            "serviceArn": arn("service/main/web"),
            "taskDefinition": arn("task-definition/web:1"),
            "deployments": [{
                "id": "ecs-svc/1", "taskDefinition": arn("task-definition/web:2"),
                "createdAt": "2026-11-01T00:00:00Z",
            }],
            "taskSets": [{
                "id": "ecs-svc/2", "taskSetArn": arn("task-set/main/web/ecs-svc/2"),
                "taskDefinition": arn("task-definition/web:1"),
            }],
            "currentServiceDeployment": arn("service-deployment/main/web/1"),
            "currentServiceRevisions": [{ "arn": arn("service-revision/main/web/1") }],
            "events": [{ "message": "secret" }],
        }],
        "service_deployments": [{
            "serviceDeploymentArn": arn("service-deployment/main/web/1"),
            "status": "SUCCESSFUL",
            "targetServiceRevision": { "arn": arn("service-revision/main/web/1") },
        }],
        "service_revisions": [{
            "serviceRevisionArn": arn("service-revision/main/web/1"),
            "taskDefinition": arn("task-definition/web:2"),
            "containerImages": [
                { "containerName": "app", "image": image("v2"), "imageDigest": digest(2) },
            ],
        }],
    })))
    .await;
    let recorded = first.scan(Source::Ecs).await.unwrap();
    let workloads = recorded.workloads.clone();
    let text = serde_json::to_string(&workloads).unwrap();
    assert!(text.contains("containerImages") && !text.contains("secret"), "{text}");
    let again = World::start(snapshot(json!([]), json!({ "ecs": [workloads] }))).await;
    assert_eq!(again.scan(Source::Ecs).await.unwrap(), recorded);
}

//! What a scan asks for that knows what the one before it saw.

use std::sync::Arc;

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::sources::{ScanCache, Scanned};
use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_core::Source;
use serde_json::{Value, json};

use super::{arn, definition, image, organization, shown, task};
use crate::world::{World, digest};

const DESCRIBES: [&str; 4] = [
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeTaskDefinition",
];

fn revision(id: &str, number: u32) -> Value {
    json!({
        "serviceRevisionArn": arn(&format!("service-revision/main/web/{id}")),
        "taskDefinition": arn("task-definition/web:1"),
        "containerImages": [
            { "containerName": "app", "image": image("v1"), "imageDigest": digest(number) },
        ],
    })
}

fn deployment(id: &str, status: &str, created_at: &str) -> Value {
    json!({
        "serviceDeploymentArn": arn(&format!("service-deployment/main/web/{id}")),
        "status": status,
        "createdAt": created_at,
        "targetServiceRevision": { "arn": arn(&format!("service-revision/main/web/{id}")) },
    })
}

/// A service that was deployed twice, and is not being deployed.
fn steady() -> Value {
    json!({
        "task_definitions": [
            definition("web:1", "ACTIVE", &["v1"]), definition("web:2", "ACTIVE", &["v2"]),
        ],
        "tasks": [task("t1", "RUNNING", "web:1", json!([
            { "name": "app", "image": image("v1"), "imageDigest": digest(2) },
        ]))],
        "services": [{
            "serviceArn": arn("service/main/web"),
            "deployments": [{
                "id": "ecs-svc/2", "status": "PRIMARY", "rolloutState": "COMPLETED",
                "taskDefinition": arn("task-definition/web:1"),
            }],
            "currentServiceDeployment": arn("service-deployment/main/web/2"),
            "currentServiceRevisions": [{ "arn": arn("service-revision/main/web/2") }],
        }],
        "service_deployments": [
            deployment("1", "SUCCESSFUL", "2026-11-01T00:00:00Z"),
            deployment("2", "SUCCESSFUL", "2026-11-02T00:00:00Z"),
        ],
        "service_revisions": [revision("1", 1), revision("2", 2), revision("3", 3)],
    })
}

/// Scans what there is first, and then, with what was remembered, what there is now. Gives what the
/// second scan saw, how often it asked for what does not change by itself, and what a scan sees that
/// remembers nothing.
async fn scan_again(before: Value, now: Value) -> (Scanned, [u64; 4], Scanned) {
    let folder = tempfile::tempdir().unwrap();
    let cache = ScanCache::over(Arc::new(FolderStore::new(folder.path().into())));
    let mut world = World::start(organization(before)).await;
    world.scan_with(Source::Ecs, None, &cache).await.unwrap();
    let changed = World::start(organization(now)).await;
    world.sessions = Sessions::simulated(&changed.simulator.endpoint(), crate::world::place());
    let scanned = world.scan_with(Source::Ecs, None, &cache).await.unwrap();
    let asked = DESCRIBES.map(|operation| changed.simulator.count(operation));
    (scanned, asked, changed.scan(Source::Ecs).await.unwrap())
}

#[tokio::test]
async fn nothing_that_never_changes_is_asked_for_again() {
    let (again, asked, anew) = scan_again(steady(), steady()).await;
    assert_eq!((asked, again), ([0; 4], anew));
}

#[tokio::test]
async fn whatever_a_new_deployment_changes_of_a_service_has_its_deployments_listed_again() {
    let service = |change: fn(&mut Value)| {
        let mut now = steady();
        now["service_deployments"].as_array_mut().unwrap().push(deployment(
            "3",
            "IN_PROGRESS",
            "2026-11-03T00:00:00Z",
        ));
        change(&mut now["services"][0]);
        now
    };
    for now in [
        service(|it| it["deployments"][0]["id"] = json!("ecs-svc/3")),
        service(|it| it["deployments"][0]["rolloutState"] = json!("IN_PROGRESS")),
        service(|it| it["deployments"][0]["status"] = json!("ACTIVE")),
        service(|it| it["deployments"][0]["taskDefinition"] = json!(arn("task-definition/web:2"))),
        service(|it| {
            let more = json!({ "id": "ecs-svc/3", "taskDefinition": arn("task-definition/web:2") });
            it["deployments"].as_array_mut().unwrap().push(more);
        }),
        service(|it| it["currentServiceDeployment"] = json!(arn("service-deployment/main/web/3"))),
        service(|it| {
            let more = json!({ "arn": arn("service-revision/main/web/1") });
            it["currentServiceRevisions"].as_array_mut().unwrap().push(more);
        }),
    ] {
        let (again, [lists, ..], anew) = scan_again(steady(), now).await;
        assert_eq!(lists, 1);
        assert_eq!(again, anew);
        let target = "ecs-service-revision service-revision/main/web/3 v1 = 3".to_owned();
        assert!(shown(&again.usage).contains(&target), "{:?}", shown(&again.usage));
    }
}

#[tokio::test]
async fn a_deployment_that_is_under_way_is_looked_at_each_time() {
    // As with a hook that pauses it: for days.
    for status in ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_IN_PROGRESS", "PAUSED"] {
        let back_to = |revision: &str| {
            let mut steady = steady();
            let deployment = &mut steady["service_deployments"][1];
            deployment["status"] = json!(status);
            deployment["rollback"] = json!({ "serviceRevisionArn": arn(revision) });
            steady
        };
        let before = back_to("service-revision/main/web/2");
        let now = back_to("service-revision/main/web/3");
        let (again, [lists, describes, ..], anew) = scan_again(before, now).await;
        assert_eq!((lists, describes), (1, 1), "{status}");
        assert_eq!(again, anew);
    }
}

#[tokio::test]
async fn a_revision_is_asked_for_until_it_says_each_digest() {
    let mut before = steady();
    before["service_revisions"][1]["containerImages"][0]["imageDigest"] = Value::Null;
    let (again, [_, _, describes, _], anew) = scan_again(before, steady()).await;
    assert_eq!((describes, again), (1, anew));
}

#[tokio::test]
async fn a_deployment_that_succeeded_while_old_tasks_run_keeps_what_they_run() {
    // What it replaced runs on, and is a current revision of the service as long as it does.
    let mut early = steady();
    early["services"][0]["currentServiceRevisions"] = json!([
        { "arn": arn("service-revision/main/web/2") }, { "arn": arn("service-revision/main/web/3") },
    ]);
    early["service_deployments"][1]["sourceServiceRevisions"] =
        json!([{ "arn": arn("service-revision/main/web/3") }]);
    early["tasks"].as_array_mut().unwrap().push(task(
        "t2",
        "RUNNING",
        "web:1",
        json!([{ "name": "app", "image": image("v1"), "imageDigest": digest(4) }]),
    ));
    let (again, _, anew) = scan_again(early.clone(), early).await;
    assert_eq!(again, anew);
    for row in
        ["ecs-service-revision service-revision/main/web/3 v1 = 3", "ecs-task task/main/t2 v1 = 4"]
    {
        assert!(shown(&again.usage).contains(&row.to_owned()), "{:?}", shown(&again.usage));
    }
}

#[tokio::test]
async fn a_scan_sees_the_same_in_whatever_order_its_calls_are_answered() {
    let world = World::start(organization(steady())).await;
    let expected = world.scan(Source::Ecs).await.unwrap();
    for operation in world.simulator.counts().into_keys() {
        world.faults(&json!({
            "operation": operation,
            "times": 1,
            "effect": { "error": { "code": "ThrottlingException" } },
        }));
        assert_eq!(world.scan(Source::Ecs).await.unwrap(), expected, "{operation}");
    }
}

use serde_json::{Value, json};

use super::{arn, definition, image, of_kind, scan, task};
use crate::world::digest;

fn revision(id: &str, definition: &str, number: u32) -> Value {
    json!({
        "serviceRevisionArn": arn(&format!("service-revision/main/web/{id}")),
        "taskDefinition": arn(&format!("task-definition/{definition}")),
        "createdAt": "2026-11-01T00:00:00Z",
        "containerImages": [
            { "containerName": "app", "image": image("latest"), "imageDigest": digest(number) },
        ],
    })
}

fn deployment(id: &str, definition: &str) -> Value {
    json!({
        "id": format!("ecs-svc/{id}"),
        "taskDefinition": arn(&format!("task-definition/{definition}")),
        "createdAt": "2026-11-01T00:00:00Z",
    })
}

fn service(deployments: Value, current: &[&str]) -> Value {
    let current: Vec<Value> = current
        .iter()
        .map(|id| json!({ "arn": arn(&format!("service-revision/main/web/{id}")) }))
        .collect();
    json!({
        "serviceArn": arn("service/main/web"),
        "deployments": deployments,
        "currentServiceRevisions": current,
    })
}

fn running(id: &str, deployment: &str, number: u32) -> Value {
    let mut task = task(
        id,
        "RUNNING",
        "web:1",
        json!([
            { "name": "app", "image": image("latest"), "imageDigest": digest(number) },
        ]),
    );
    task["startedBy"] = json!(format!("ecs-svc/{deployment}"));
    task
}

#[tokio::test]
async fn every_deployment_of_a_service_counts() {
    let scanned = scan(json!({
        "task_definitions": [
            definition("web:1", "INACTIVE", &["v1"]),
            definition("web:2", "DELETE_IN_PROGRESS", &["v2"]),
        ],
        "services": [service(json!([deployment("2", "web:2"), deployment("1", "web:1")]), &[])],
    }))
    .await;
    assert_eq!(
        of_kind(&scanned, "ecs-service"),
        ["ecs-service service/main/web v1", "ecs-service service/main/web v2"]
    );
    let deployed_at = scanned.usage[0].deployed_at.unwrap();
    assert_eq!(deployed_at.to_string(), "2026-11-01T00:00:00Z");
}

#[tokio::test]
async fn task_sets_and_a_service_without_deployments_count() {
    let task_set = json!({
        "id": "ecs-svc/7", "taskSetArn": arn("task-set/main/web/ecs-svc/7"),
        "taskDefinition": arn("task-definition/web:1"), "createdAt": "2026-11-01T00:00:00Z",
    });
    let mut with_task_set = service(json!([]), &[]);
    with_task_set["taskSets"] = json!([task_set]);
    let mut bare = service(json!([]), &[]);
    bare["serviceArn"] = json!(arn("service/main/bare"));
    bare["taskDefinition"] = json!(arn("task-definition/web:2"));
    let scanned = scan(json!({
        "task_definitions": [
            definition("web:1", "INACTIVE", &["v1"]),
            definition("web:2", "INACTIVE", &["v2"]),
        ],
        "services": [with_task_set, bare],
    }))
    .await;
    assert_eq!(of_kind(&scanned, "ecs-task-set"), ["ecs-task-set task-set/main/web/ecs-svc/7 v1"]);
    assert_eq!(of_kind(&scanned, "ecs-service"), ["ecs-service service/main/bare v2"]);
}

#[tokio::test]
async fn a_deployment_has_the_digest_that_its_revision_pinned() {
    // The same definition twice, as after a forced new deployment: the tag moved in between.
    let scanned = scan(json!({
        "task_definitions": [definition("web:1", "ACTIVE", &["latest", "log-1"])],
        "services": [service(json!([deployment("2", "web:1"), deployment("1", "web:1")]), &["2", "1"])],
        "service_revisions": [revision("1", "web:1", 1), revision("2", "web:1", 2)],
    }))
    .await;
    assert_eq!(
        of_kind(&scanned, "ecs-service"),
        [
            "ecs-service service/main/web latest = 1",
            "ecs-service service/main/web latest = 2",
            "ecs-service service/main/web log-1",
        ]
    );
    assert_eq!(
        of_kind(&scanned, "ecs-service-revision"),
        [
            "ecs-service-revision service-revision/main/web/1 latest = 1",
            "ecs-service-revision service-revision/main/web/1 log-1",
            "ecs-service-revision service-revision/main/web/2 latest = 2",
            "ecs-service-revision service-revision/main/web/2 log-1",
        ]
    );
}

#[tokio::test]
async fn a_revision_with_another_id_is_that_of_the_only_deployment_of_its_definition() {
    let definitions = json!([definition("web:1", "ACTIVE", &["latest"])]);
    let one = scan(json!({
        "task_definitions": definitions,
        "services": [service(json!([deployment("1", "web:1")]), &["77"])],
        "service_revisions": [revision("77", "web:1", 7)],
    }))
    .await;
    assert_eq!(of_kind(&one, "ecs-service"), ["ecs-service service/main/web latest = 7"]);

    // Two deployments, and nothing tells which of them the revision is of.
    let two = scan(json!({
        "task_definitions": definitions,
        "services": [service(json!([deployment("1", "web:1"), deployment("2", "web:1")]), &["77"])],
        "service_revisions": [revision("77", "web:1", 7)],
    }))
    .await;
    assert_eq!(of_kind(&two, "ecs-service"), ["ecs-service service/main/web latest"]);
}

#[tokio::test]
async fn a_deployment_without_a_revision_has_the_digest_of_its_running_tasks() {
    let organization = |tasks: Value| {
        json!({
            "task_definitions": [definition("web:1", "ACTIVE", &["latest"])],
            "services": [service(json!([deployment("1", "web:1")]), &[])],
            "tasks": tasks,
        })
    };
    let mut stopped = running("t3", "1", 3);
    stopped["lastStatus"] = json!("STOPPED");
    let tasks =
        json!([running("t1", "1", 1), running("t2", "1", 1), running("t9", "9", 9), stopped]);
    let scanned = scan(organization(tasks)).await;
    assert_eq!(of_kind(&scanned, "ecs-service"), ["ecs-service service/main/web latest = 1"]);

    let torn = scan(organization(json!([running("t1", "1", 1), running("t2", "1", 2)]))).await;
    assert_eq!(of_kind(&torn, "ecs-service"), ["ecs-service service/main/web latest"]);
}

#[tokio::test]
async fn what_a_rollback_goes_back_to_counts() {
    let rollout = |id: &str, status: &str, target: &str, sources: &[&str]| {
        let named = |id: &&str| json!({ "arn": arn(&format!("service-revision/main/web/{id}")) });
        json!({
            "serviceDeploymentArn": arn(&format!("service-deployment/main/web/{id}")),
            "status": status,
            "createdAt": format!("2026-11-0{id}T00:00:00Z"),
            "targetServiceRevision": named(&target),
            "sourceServiceRevisions": sources.iter().map(named).collect::<Vec<_>>(),
        })
    };
    let mut rolled_back = rollout("5", "ROLLBACK_IN_PROGRESS", "5", &[]);
    rolled_back["rollback"] = json!({ "serviceRevisionArn": arn("service-revision/main/web/4") });
    let mut web = service(json!([deployment("5", "web:1")]), &["5"]);
    web["currentServiceDeployment"] = json!(arn("service-deployment/main/web/5"));
    let revisions: Vec<Value> =
        (1..=5).map(|number: u32| revision(&number.to_string(), "web:1", number)).collect();
    let scanned = scan(json!({
        "task_definitions": [definition("web:1", "ACTIVE", &["latest"])],
        "services": [web],
        "service_deployments": [
            rollout("1", "SUCCESSFUL", "1", &[]),
            rollout("2", "SUCCESSFUL", "2", &["1"]),
            rollout("3", "SUCCESSFUL", "3", &["2"]),
            rollout("4", "STOPPED", "4", &["3"]),
            rolled_back,
        ],
        "service_revisions": revisions,
    }))
    .await;
    // The current one with its rollback, and the newest that succeeded with its source.
    assert_eq!(
        of_kind(&scanned, "ecs-service-revision"),
        [
            "ecs-service-revision service-revision/main/web/2 latest = 2",
            "ecs-service-revision service-revision/main/web/3 latest = 3",
            "ecs-service-revision service-revision/main/web/4 latest = 4",
            "ecs-service-revision service-revision/main/web/5 latest = 5",
        ]
    );
}

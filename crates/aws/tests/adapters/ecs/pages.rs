use ecr_sweep_core::Source;
use serde_json::{Value, json};

use super::{arn, definition, image, of_kind, organization, task};
use crate::world::{World, digest};

#[tokio::test]
async fn everything_beyond_a_page_is_seen() {
    let definitions: Vec<Value> = (1..=130)
        .map(|revision| {
            definition(&format!("web:{revision}"), "ACTIVE", &[&format!("v{revision}")])
        })
        .collect();
    let mut tasks: Vec<Value> = (1..=120)
        .map(|number| {
            let status = if number <= 110 { "RUNNING" } else { "STOPPED" };
            let container =
                json!([{ "name": "app", "image": image("v1"), "imageDigest": digest(number) }]);
            task(&format!("t{number}"), status, "web:1", container)
        })
        .collect();
    let container = json!([{ "name": "app", "image": image("v1"), "imageDigest": digest(500) }]);
    let mut elsewhere = task("t500", "RUNNING", "web:1", container);
    elsewhere["taskArn"] = json!(arn("task/other/t500"));
    tasks.push(elsewhere);
    let services: Vec<Value> = (1..=105)
        .map(|number| {
            json!({
                "serviceArn": arn(&format!("service/main/s{number}")),
                "deployments": [{
                    "id": format!("ecs-svc/{number}"),
                    "taskDefinition": arn(&format!("task-definition/web:{number}")),
                }],
                "currentServiceRevisions": [
                    { "arn": arn(&format!("service-revision/main/s{number}/{number}")) },
                ],
                "currentServiceDeployment":
                    arn(&format!("service-deployment/main/s{number}/{number}")),
            })
        })
        .collect();
    let rollouts: Vec<Value> = (1..=105)
        .map(|number| {
            json!({
                "serviceDeploymentArn":
                    arn(&format!("service-deployment/main/s{number}/{number}")),
            })
        })
        .collect();
    let revisions: Vec<Value> = (1..=105)
        .map(|number| {
            json!({
                "serviceRevisionArn": arn(&format!("service-revision/main/s{number}/{number}")),
                "taskDefinition": arn(&format!("task-definition/web:{number}")),
            })
        })
        .collect();
    let clusters: Vec<Value> = (1..=101)
        .map(|number| json!({ "clusterArn": arn(&format!("cluster/c{number}")) }))
        .collect();
    let world = World::start(organization(json!({
        "clusters": clusters,
        "task_definitions": definitions,
        "tasks": tasks,
        "services": services,
        "service_deployments": rollouts,
        "service_revisions": revisions,
    })))
    .await;
    let scanned = world.scan(Source::Ecs).await.unwrap();
    assert_eq!(of_kind(&scanned, "ecs-task-definition").len(), 130);
    assert_eq!(of_kind(&scanned, "ecs-task").len(), 121);
    assert_eq!(of_kind(&scanned, "ecs-service").len(), 105);
    assert_eq!(of_kind(&scanned, "ecs-service-revision").len(), 105);
    // As many calls as the maxima of the API allow, and no more.
    let clusters = 103;
    for (operation, calls) in [
        ("ecs:ListClusters", 2),
        ("ecs:ListTasks", 2 * clusters + 1),
        ("ecs:DescribeTasks", 3),
        ("ecs:ListServices", clusters + 1),
        ("ecs:DescribeServices", 11),
        ("ecs:ListServiceDeployments", 105),
        ("ecs:DescribeServiceDeployments", 6),
        ("ecs:DescribeServiceRevisions", 6),
        ("ecs:ListTaskDefinitions", 2),
        ("ecs:DescribeTaskDefinition", 130),
    ] {
        assert_eq!(world.simulator.count(operation), calls, "{operation}");
    }
}

#[tokio::test]
async fn a_throttled_scan_sees_everything() {
    let definitions: Vec<Value> = (1..=12)
        .map(|revision| {
            definition(&format!("web:{revision}"), "ACTIVE", &[&format!("v{revision}")])
        })
        .collect();
    let organization = organization(json!({ "task_definitions": definitions }));
    let calm = World::start(organization.clone()).await;
    let expected = calm.scan(Source::Ecs).await.unwrap();
    let world = World::throttled(organization, "ecs:*").await;
    assert_eq!(world.scan(Source::Ecs).await.unwrap(), expected);
    let requests = |world: &World| world.simulator.counts().values().sum::<u64>();
    assert_eq!(requests(&world), requests(&calm) + 2);
}

use ecr_sweep_aws::AwsErrorKind;
use serde_json::{Value, json};

use crate::world::{World, assert_names, place, snapshot};

fn repositories(count: u32) -> Value {
    (0..count)
        .rev()
        .map(|number| json!({ "name": format!("dev/app-{number:04}"), "images": [] }))
        .collect()
}

#[tokio::test]
async fn every_repository_is_listed_by_name() {
    let world = World::start(snapshot(repositories(1001), json!({}))).await;
    let rows = world.sessions.registry(&place()).repositories().await.unwrap();
    let names: Vec<&str> = rows.iter().map(|row| &*row.name).collect();
    assert_eq!(names.len(), 1001);
    assert_eq!((names[0], names[1000]), ("dev/app-0000", "dev/app-1000"));
    assert!(names.is_sorted());
    assert_eq!(world.simulator.count("ecr:DescribeRepositories"), 2);
}

#[tokio::test]
async fn a_repository_has_its_tags() {
    let repository =
        json!([{ "name": "dev/app", "tags": { "team": "payments", "a": "" }, "images": [] }]);
    let world = World::start(snapshot(repository, json!({}))).await;
    let registry = world.sessions.registry(&place());
    let rows = registry.repositories().await.unwrap();
    let tags = registry.repository_tags(&rows[0].arn).await.unwrap();
    assert_eq!(serde_json::to_value(tags).unwrap(), json!({ "team": "payments", "a": "" }));
}

#[tokio::test]
async fn a_throttled_list_is_read_to_its_end() {
    let world =
        World::throttled(snapshot(repositories(2001), json!({})), "ecr:DescribeRepositories").await;
    let rows = world.sessions.registry(&place()).repositories().await.unwrap();
    assert_eq!(rows.len(), 2001);
    assert_eq!(world.simulator.count("ecr:DescribeRepositories"), 3 + 2);
}

#[tokio::test]
async fn a_denied_list_is_an_error() {
    let world = World::start(snapshot(repositories(1), json!({}))).await;
    world.deny("ecr:*");
    let registry = world.sessions.registry(&place());
    let error = registry.repositories().await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:DescribeRepositories");
    assert!(error.next_step().unwrap().to_string().contains("ecr:DescribeRepositories"));
    let arn = "arn:aws:ecr:eu-west-1:111122223333:repository/dev/app-0000";
    let error = registry.repository_tags(arn).await.unwrap_err();
    assert_names(&error, AwsErrorKind::AccessDenied, "ecr:ListTagsForResource");
}

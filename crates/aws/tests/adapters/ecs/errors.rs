use ecr_sweep_aws::sources::{ScanError, Scanned};
use ecr_sweep_aws::{AwsError, AwsErrorKind};
use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::Source;
use serde_json::{Value, json};

use super::{arn, definition, image, of_kind, organization, task};
use crate::world::{World, assert_names, digest};

/// Something of each kind, so that every call is made.
fn one_of_each() -> Value {
    let mut ecs = json!({
        "task_definitions": [definition("web:1", "ACTIVE", &["v1"])],
        "tasks": [task("t1", "RUNNING", "web:1", json!([
            { "name": "app", "image": image("v1"), "imageDigest": digest(1) },
        ]))],
        "services": [{
            "serviceArn": arn("service/main/web"),
            "deployments": [
                { "id": "ecs-svc/1", "taskDefinition": arn("task-definition/web:1") },
            ],
            "currentServiceDeployment": arn("service-deployment/main/web/1"),
            "currentServiceRevisions": [{ "arn": arn("service-revision/main/web/1") }],
        }],
        "service_deployments": [{
            "serviceDeploymentArn": arn("service-deployment/main/web/1"),
            "status": "SUCCESSFUL",
            "targetServiceRevision": { "arn": arn("service-revision/main/web/1") },
        }],
        "service_revisions": [{
            "serviceRevisionArn": arn("service-revision/main/web/1"),
            "taskDefinition": arn("task-definition/web:1"),
        }],
    });
    let Value::Object(daemons) = super::daemons::daemons() else { panic!("an object") };
    ecs.as_object_mut().unwrap().extend(daemons);
    ecs
}

async fn world() -> World {
    World::start(organization(one_of_each())).await
}

async fn failed(world: &World) -> AwsError {
    match world.scan(Source::Ecs).await {
        Err(ScanError::Aws(error)) => error,
        other => panic!("an error of a call, not {other:?}"),
    }
}

async fn failed_to_read(ecs: Value) -> String {
    let error = World::start(organization(ecs)).await.scan(Source::Ecs).await.unwrap_err();
    format!("{error}")
}

#[tokio::test]
async fn of_several_denied_calls_the_same_one_is_told_whichever_is_faster() {
    for (denied, slow, told) in [
        ("ecs:*", "ecs:ListClusters", "ecs:ListClusters"),
        ("ecs:*", "ecs:ListTaskDefinitions", "ecs:ListClusters"),
        ("ecs:Describe*", "ecs:DescribeTasks", "ecs:DescribeTasks"),
        ("ecs:Describe*", "ecs:DescribeDaemonTaskDefinition", "ecs:DescribeTasks"),
    ] {
        let world = World::with(SimulatorOptions {
            snapshot: Some(organization(one_of_each())),
            latencies: vec![format!("{slow}=50ms").parse().unwrap()],
            ..SimulatorOptions::default()
        })
        .await;
        world.deny(denied);
        assert_names(&failed(&world).await, AwsErrorKind::AccessDenied, told);
    }
}

#[tokio::test]
async fn a_scan_with_one_denied_call_is_an_error_that_names_it() {
    let world = world().await;
    world.scan(Source::Ecs).await.unwrap();
    let calls: Vec<String> = world.simulator.counts().into_keys().collect();
    assert_eq!(calls.len(), 16, "{calls:?}");
    for call in calls {
        world.deny(&call);
        assert_names(&failed(&world).await, AwsErrorKind::AccessDenied, &call);
    }
}

#[tokio::test]
async fn what_is_deleted_between_two_calls_is_left_out() {
    let world = world().await;
    let missing = |resource: &str| json!([{ "arn": arn(resource), "reason": "MISSING" }]);
    for (operation, answer, kind) in [
        ("ecs:DescribeTasks", json!({ "failures": missing("task/main/t1") }), "ecs-task"),
        ("ecs:DescribeServices", json!({ "failures": missing("service/main/web") }), "ecs-service"),
    ] {
        let body = answer.to_string();
        world.respond(operation, body);
        let scanned = world.scan(Source::Ecs).await.unwrap();
        assert_eq!(of_kind(&scanned, kind), [""; 0]);
        assert_eq!(of_kind(&scanned, "ecs-task-definition").len(), 1);
    }
}

/// What was started a moment ago need not be known everywhere.
#[tokio::test]
async fn what_is_missing_at_first_is_looked_for_again() {
    let whole = world().await.scan(Source::Ecs).await.unwrap();
    for (operation, resources) in [
        ("ecs:DescribeTasks", &["task/main/t1"][..]),
        ("ecs:DescribeServices", &["service/main/web"]),
        ("ecs:DescribeServiceDeployments", &["service-deployment/main/web/1"]),
        ("ecs:DescribeServiceRevisions", &["service-revision/main/web/1"]),
        ("ecs:DescribeDaemonDeployments", &["daemon-deployment/main/agent/1"]),
        (
            "ecs:DescribeDaemonRevisions",
            &[
                "daemon-revision/main/agent/1",
                "daemon-revision/main/agent/2",
                "daemon-revision/main/agent/3",
                "daemon-revision/main/agent/4",
            ],
        ),
    ] {
        let missing = |it: &&str| json!({ "arn": arn(it), "reason": "MISSING" });
        let missing: Vec<Value> = resources.iter().map(missing).collect();
        let missing = json!({ "failures": missing });
        assert_found_late(
            operation,
            &json!({ "respond": { "status": 200, "body": missing.to_string() } }),
            &whole,
        )
        .await;
    }
    for operation in [
        "ecs:ListTasks",
        "ecs:ListServices",
        "ecs:ListServiceDeployments",
        "ecs:ListDaemons",
        "ecs:DescribeDaemon",
    ] {
        let not_found = json!({ "error": { "code": "ClusterNotFoundException" } });
        assert_found_late(operation, &not_found, &whole).await;
    }
}

async fn assert_found_late(operation: &str, effect: &Value, whole: &Scanned) {
    let world = world().await;
    world.faults(&json!({ "operation": operation, "times": 2, "effect": effect }));
    assert_eq!(&world.scan(Source::Ecs).await.unwrap(), whole, "{operation}");
    assert!(world.simulator.counts()[operation] > 2, "{operation}");
}

#[tokio::test]
async fn a_cluster_that_is_deleted_between_two_calls_is_left_out() {
    let world = world().await;
    for operation in ["ecs:ListTasks", "ecs:ListServices"] {
        world.fault(operation, crate::world::error("ClusterNotFoundException"));
        let scanned = world.scan(Source::Ecs).await.unwrap();
        assert_eq!(of_kind(&scanned, "ecs-task-definition").len(), 1);
    }
}

#[tokio::test]
async fn a_failure_that_is_none_of_a_deletion_is_an_error() {
    let world = world().await;
    for (operation, resource) in [
        ("ecs:DescribeTasks", "task/main/t1"),
        ("ecs:DescribeServices", "service/main/web"),
        ("ecs:DescribeServiceDeployments", "service-deployment/main/web/1"),
        ("ecs:DescribeServiceRevisions", "service-revision/main/web/1"),
        ("ecs:DescribeDaemonDeployments", "daemon-deployment/main/agent/1"),
        ("ecs:DescribeDaemonRevisions", "daemon-revision/main/agent/1"),
    ] {
        let failure = json!([{ "arn": arn(resource), "reason": "ACCESS", "detail": "no" }]);
        let body = json!({ "failures": failure }).to_string();
        world.respond(operation, body);
        let error = failed(&world).await;
        assert_names(&error, AwsErrorKind::Internal, operation);
        assert!(error.to_string().contains("ACCESS"), "{error}");
    }
}

#[tokio::test]
async fn what_is_asked_for_and_not_answered_is_an_error() {
    let world = world().await;
    for operation in [
        "ecs:DescribeTasks",
        "ecs:DescribeServices",
        "ecs:DescribeServiceDeployments",
        "ecs:DescribeServiceRevisions",
        "ecs:DescribeTaskDefinition",
        "ecs:DescribeDaemon",
        "ecs:DescribeDaemonDeployments",
        "ecs:DescribeDaemonRevisions",
        "ecs:DescribeDaemonTaskDefinition",
        "ecs:ListDaemons",
        "ecs:ListDaemonTaskDefinitions",
    ] {
        let body = "{}".to_owned();
        world.respond(operation, body);
        assert_names(&failed(&world).await, AwsErrorKind::Internal, operation);
    }
}

#[tokio::test]
async fn a_current_revision_that_is_missing_is_an_error() {
    let mut ecs = one_of_each();
    ecs["service_revisions"] = json!([]);
    let error = failed_to_read(ecs).await;
    assert!(error.contains("ecs:DescribeServiceRevisions"), "{error}");
}

#[tokio::test]
async fn a_definition_that_a_service_names_and_nobody_knows_is_an_error() {
    let mut ecs = one_of_each();
    ecs["services"][0]["deployments"][0]["taskDefinition"] = json!(arn("task-definition/web:9"));
    let error = failed_to_read(ecs).await;
    assert!(error.contains("ecs:DescribeTaskDefinition") && error.contains("web:9"), "{error}");
}

#[tokio::test]
async fn an_image_that_is_empty_is_an_error() {
    let mut ecs = one_of_each();
    ecs["tasks"][0]["containers"][0]["image"] = json!("");
    let error = failed_to_read(ecs).await;
    assert!(error.contains("ecs:DescribeTasks") && error.contains("t1"), "{error}");

    let mut ecs = one_of_each();
    ecs["task_definitions"][0]["containerDefinitions"][0]["image"] = json!("");
    let error = failed_to_read(ecs).await;
    assert!(error.contains("ecs:DescribeTaskDefinition") && error.contains("web:1"), "{error}");
}

#[tokio::test]
async fn a_digest_that_is_none_is_an_error() {
    let mut ecs = one_of_each();
    ecs["tasks"][0]["containers"][0]["imageDigest"] = json!("sha512:00");
    let error = failed_to_read(ecs).await;
    assert!(error.contains("task/main/t1") && error.contains("sha512:00"), "{error}");
}

#[tokio::test]
async fn a_status_that_nobody_knows_is_an_error() {
    let mut ecs = one_of_each();
    ecs["services"][0]["deployments"][0]["taskDefinition"] = json!(arn("task-definition/old:1"));
    let mut old = definition("old:1", "ACTIVE", &["v0"]);
    old["status"] = json!("FROZEN");
    ecs["task_definitions"].as_array_mut().unwrap().push(old);
    let error = failed_to_read(ecs).await;
    assert!(error.contains("old:1") && error.contains("FROZEN"), "{error}");
}

#[tokio::test]
async fn a_token_that_repeats_is_an_error() {
    let world = world().await;
    let body = json!({ "taskDefinitionArns": [], "nextToken": "again" }).to_string();
    world.respond("ecs:ListTaskDefinitions", body);
    assert_names(&failed(&world).await, AwsErrorKind::Internal, "ecs:ListTaskDefinitions");
}

/// The first deployment of a service or a daemon has nothing to go back to.
#[tokio::test]
async fn a_rollback_that_goes_to_nothing_is_an_error_unless_it_failed() {
    let world = world().await;
    let service = |status: &str, rollback: Value| {
        json!({ "serviceDeployments": [{
            "serviceDeploymentArn": arn("service-deployment/main/web/1"),
            "serviceArn": arn("service/main/web"), "clusterArn": arn("cluster/main"),
            "status": status, "rollback": rollback,
            "targetServiceRevision": { "arn": arn("service-revision/main/web/1") },
        }] })
    };
    let daemon = |status: &str, rollback: Value| {
        json!({ "daemonDeployments": [{
            "daemonDeploymentArn": arn("daemon-deployment/main/agent/1"),
            "status": status, "rollback": rollback,
            "targetDaemonRevision": { "arn": arn("daemon-revision/main/agent/1") },
        }] })
    };
    let of_services = ("ecs:DescribeServiceDeployments", "`rollback.serviceRevisionArn`");
    let of_daemons =
        ("ecs:DescribeDaemonDeployments", "`rollback.rollbackTargetDaemonRevisionArn`");
    for rollback in [json!({ "reason": "the circuit breaker" }), json!({}), Value::Null] {
        for status in ["ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"] {
            for ((operation, member), answer) in [
                (of_services, service(status, rollback.clone())),
                (of_daemons, daemon(status, rollback.clone())),
            ] {
                world.respond(operation, answer.to_string());
                let error = failed(&world).await;
                assert_names(&error, AwsErrorKind::Internal, operation);
                assert!(error.to_string().contains(member), "{error}");
            }
        }
        for (operation, answer) in [
            (of_services.0, service("ROLLBACK_FAILED", rollback.clone())),
            (of_daemons.0, daemon("ROLLBACK_FAILED", rollback.clone())),
        ] {
            world.respond(operation, answer.to_string());
            world.scan(Source::Ecs).await.unwrap();
        }
    }
}

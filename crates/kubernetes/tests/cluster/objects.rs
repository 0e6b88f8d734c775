//! What is seen of the objects that every cluster has.

use ecr_sweep_api_server::Call;
use serde_json::{Value, json};

use crate::world::{CANARY, World, app, config_map, pod_template, seen};

const PODS: &str = "/api/v1/namespaces/default/pods";
const REPOSITORY: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app";

fn workload(path: &str, kind: &str, name: &str, more: &Value) -> Call {
    let (group, version) = match path.split_once('/') {
        Some((group, _)) if !group.is_empty() => {
            (format!("apis/{group}/v1"), format!("{group}/v1"))
        }
        _ => ("api/v1".to_owned(), "v1".to_owned()),
    };
    let plural = path.rsplit('/').next().unwrap();
    let mut object = json!({ "apiVersion": version, "kind": kind, "metadata": { "name": name } });
    object.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
    Call::post(&format!("/{group}/namespaces/default/{plural}"), &object)
}

fn replicated(tag: &str) -> Value {
    json!({ "spec": {
        "selector": { "matchLabels": { "app": tag } }, "template": pod_template(tag), "replicas": 0,
    } })
}

/// What may start pods, and what once did.
fn workloads() -> Vec<Call> {
    let revision =
        json!({ "revision": 1, "data": { "spec": { "template": pod_template("revision") } } });
    let mut pod = pod_template("nightly")["spec"].clone();
    pod["restartPolicy"] = "Never".into();
    let cron_job = json!({ "spec": {
        "schedule": "0 0 * * *", "suspend": true,
        "jobTemplate": { "spec": { "template": { "spec": pod } } },
    } });
    vec![
        workload("apps/deployments", "Deployment", "web", &replicated("deployment")),
        workload("apps/replicasets", "ReplicaSet", "web-old", &replicated("old")),
        workload("apps/controllerrevisions", "ControllerRevision", "db-1", &revision),
        workload("batch/cronjobs", "CronJob", "nightly", &cron_job),
        workload(
            "podtemplates",
            "PodTemplate",
            "spare",
            &json!({ "template": pod_template("spare") }),
        ),
        config_map("scripts", "script"),
    ]
}

/// What holds what nobody else should read, and what is over.
fn never_read() -> Vec<Call> {
    let secret = json!({ "stringData": { "image": app("secret"), "password": CANARY } });
    let event = json!({
        "involvedObject": { "kind": "Pod", "namespace": "default", "name": "web-1" },
        "reason": "Pulled", "message": format!("Pulled {}", app("event")), "type": "Normal",
    });
    vec![
        workload("secrets", "Secret", "secret", &secret),
        workload("events", "Event", "web-1.1", &event),
    ]
}

fn digest(number: u8) -> String {
    format!("sha256:{number:064x}")
}

/// What a node says of a container that it runs.
fn status(name: &str, tag: &str, number: u8) -> Value {
    json!([{
        "name": name, "image": app(tag), "imageID": format!("{REPOSITORY}@{}", digest(number)),
        "ready": true, "restartCount": 0, "state": {},
    }])
}

/// A pod that runs, has been looked into, and tells what its node pulled.
fn add_pod(world: &mut World) {
    world.make(&[workload(
        "pods",
        "Pod",
        "web-1",
        &json!({ "spec": pod_template("pod")["spec"] }),
    )]);
    let debugger = json!([{ "name": "debug", "image": app("debug") }]);
    let pulled = json!({ "status": {
        "phase": "Running",
        "containerStatuses": status("main", "pod", 1),
        "initContainerStatuses": status("first", "pod-init", 2),
        "ephemeralContainerStatuses": status("debug", "debug", 3),
    } });
    for (below, part) in [
        ("ephemeralcontainers", json!({ "spec": { "ephemeralContainers": debugger } })),
        ("status", pulled),
    ] {
        world.change(&[Call::patch(&format!("{PODS}/web-1/{below}"), &part)]);
    }
}

#[test]
fn whatever_may_name_an_image_is_seen_but_secrets_and_events() {
    let mut world = World::start(&[]);
    world.make(&workloads());
    world.make(&never_read());
    add_pod(&mut world);
    let found = world.scan().unwrap();
    let all = seen(&found);
    let expected = [
        "config-map/scripts script",
        "controller-revision/db-1 revision",
        "controller-revision/db-1 revision-init",
        "cron-job/nightly nightly",
        "cron-job/nightly nightly-init",
        "deployment/web deployment",
        "deployment/web deployment-init",
        "pod-template/spare spare",
        "pod-template/spare spare-init",
        "pod/web-1 debug",
        "pod/web-1 pod",
        "pod/web-1 pod-init",
        "replica-set/web-old old",
        "replica-set/web-old old-init",
    ];
    // A digest has a colon, too.
    let tags: Vec<&String> = all.iter().filter(|it| it.len() < 64).collect();
    assert_eq!(tags, expected, "{found:#?}");
    for (tag, number) in [("pod", 1), ("pod-init", 2), ("debug", 3)] {
        let resolved = digest(number).parse().ok();
        let mut of_pod = found.mentions.iter().filter(|it| &*it.kind == "pod");
        assert!(
            of_pod.any(|it| *it.reference == *app(tag) && it.resolved == resolved),
            "{found:#?}"
        );
    }
    assert!(!format!("{found:?}").contains(CANARY), "{found:#?}");
}

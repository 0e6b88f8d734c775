//! What a scan of Amazon ECS makes of hand-built workloads.

mod again;
mod daemons;
mod errors;
mod pages;
mod rows;
mod services;

use ecr_sweep_aws::sources::Scanned;
use ecr_sweep_core::{Source, Usage};
use ecr_sweep_protocol::Snapshot;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, HOST, REGION, World, snapshot};

pub(super) fn arn(resource: &str) -> String {
    format!("arn:aws:ecs:{REGION}:{ACCOUNT}:{resource}")
}

pub(super) fn image(tag: &str) -> String {
    format!("{HOST}/dev/app:{tag}")
}

/// A revision of a task definition, `web:1`, with a container `app` for the first image and more
/// for the others.
pub(super) fn definition(name: &str, status: &str, tags: &[&str]) -> Value {
    let containers: Vec<Value> = tags
        .iter()
        .enumerate()
        .map(|(index, tag)| {
            let name = if index == 0 { "app".to_owned() } else { format!("sidecar-{index}") };
            json!({
                "name": name,
                "image": image(tag),
                "essential": index == 0,
                "environment": [{ "name": "PASSWORD", "value": "secret" }],
            })
        })
        .collect();
    json!({
        "taskDefinitionArn": arn(&format!("task-definition/{name}")),
        "status": status,
        "containerDefinitions": containers,
    })
}

pub(super) fn task(id: &str, status: &str, definition: &str, containers: Value) -> Value {
    json!({
        "taskArn": arn(&format!("task/main/{id}")),
        "lastStatus": status,
        "taskDefinitionArn": arn(&format!("task-definition/{definition}")),
        "containers": containers,
    })
}

pub(super) fn organization(ecs: Value) -> Snapshot {
    let mut ecs = ecs;
    ecs["account"] = json!(ACCOUNT);
    ecs["region"] = json!(REGION);
    snapshot(json!([]), json!({ "ecs": [ecs] }))
}

pub(super) async fn scan(ecs: Value) -> Scanned {
    World::start(organization(ecs)).await.scan(Source::Ecs).await.unwrap()
}

/// `kind resource tag [= last digit of the digest]`, in the order of the rows.
pub(super) fn shown(usage: &[Usage]) -> Vec<String> {
    let mut shown: Vec<String> = usage
        .iter()
        .map(|usage| {
            let resource = usage.arn.splitn(6, ':').nth(5).unwrap();
            let tag = usage.reference.rsplit(':').next().unwrap();
            let resolved = match usage.resolved {
                Some(digest) => format!(" = {}", digest.hex().trim_start_matches('0')),
                None => String::new(),
            };
            format!("{} {resource} {tag}{resolved}", usage.kind)
        })
        .collect();
    shown.sort();
    shown
}

pub(super) fn of_kind(scanned: &Scanned, kind: &str) -> Vec<String> {
    let prefix = format!("{kind} ");
    shown(&scanned.usage).into_iter().filter(|row| row.starts_with(&prefix)).collect()
}

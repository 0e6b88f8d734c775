//! Snapshots of a few lines.

use ecr_sweep_protocol::Snapshot;
use serde_json::{Value, json};

use crate::{ACCOUNT, REGION, now, place};

/// An organization of these registries, in which this runs.
#[must_use]
pub fn snapshot(registries: &Value, workloads: &Value) -> Snapshot {
    serde_json::from_value(json!({
        "schema_version": 1,
        "taken_at": now(),
        "home": place(),
        "registries": registries,
        "usage": [],
        "coverage": "complete",
        "workloads": workloads,
    }))
    .unwrap()
}

/// The registry at home, of these repositories.
#[must_use]
pub fn registry(repositories: &Value) -> Value {
    json!({ "account": ACCOUNT, "region": REGION, "repositories": repositories })
}

/// The registry at home of these repositories, in an organization in which this runs.
#[must_use]
pub fn organization(repositories: &Value, workloads: &Value) -> Snapshot {
    snapshot(&json!([registry(repositories)]), workloads)
}

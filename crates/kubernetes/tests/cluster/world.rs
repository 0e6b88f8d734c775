//! An API server, and who scans it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use ecr_sweep_api_server::{ADMIN_TOKEN, ApiServer, Call};
use ecr_sweep_core::Remedy;
use ecr_sweep_kubernetes::{Cluster, Endpoint, Found, KubernetesError, ScanOptions, Token};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub(crate) const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// What stands in objects, and is nobody's business.
pub(crate) const CANARY: &str = "hunter2";

pub(crate) struct World {
    pub(crate) server: ApiServer,
}

impl World {
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self { server: ApiServer::start(Path::new(env!("CARGO_TARGET_TMPDIR")), flags) }
    }

    /// Makes objects, of which none is there yet.
    pub(crate) fn make(&mut self, calls: &[Call]) {
        self.server.make(calls, 201);
    }

    /// Changes objects.
    pub(crate) fn change(&mut self, calls: &[Call]) {
        self.server.make(calls, 200);
    }

    /// The cluster, as somebody sees it.
    pub(crate) fn cluster(&self, token: &str) -> Cluster {
        let endpoint = Endpoint {
            server: self.server.address().into(),
            authority: Some(fs::read(self.server.authority()).unwrap().into()),
            tokens: Some(Arc::new(Token::new(token))),
            ..Endpoint::default()
        };
        Cluster::new(endpoint).unwrap()
    }

    pub(crate) fn scan(&self) -> Result<Found, KubernetesError> {
        self.scan_as(ADMIN_TOKEN)
    }

    pub(crate) fn scan_as(&self, token: &str) -> Result<Found, KubernetesError> {
        scan(&self.cluster(token), &ScanOptions::default())
    }
}

pub(crate) fn scan(cluster: &Cluster, options: &ScanOptions) -> Result<Found, KubernetesError> {
    Runtime::new().unwrap().block_on(cluster.scan(options))
}

/// What mends it, of a cluster called blue.
pub(crate) fn remedies(error: &KubernetesError) -> Vec<Remedy> {
    error.remedies(&"blue".parse().unwrap())
}

/// What is seen: `kind/name` and the tag, of our images.
pub(crate) fn seen(found: &Found) -> BTreeSet<String> {
    let tag = |reference: &str| reference.rsplit_once(':').map_or("-", |it| it.1).to_owned();
    let ours = found.mentions.iter().filter(|it| it.reference.contains("dkr.ecr"));
    ours.map(|it| format!("{}/{} {}", it.kind, it.name, tag(&it.reference))).collect()
}

pub(crate) fn app(tag: &str) -> String {
    format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:{tag}")
}

/// What pods are made from: a container and one that runs before it.
pub(crate) fn pod_template(tag: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": tag }, "annotations": { "note": CANARY } },
        "spec": {
            "containers": [{
                "name": "main", "image": app(tag), "args": [CANARY],
                "env": [{ "name": "PASSWORD", "value": CANARY }],
            }],
            "initContainers": [{ "name": "first", "image": app(&format!("{tag}-init")) }],
        },
    })
}

pub(crate) fn config_map(name: &str, tag: &str) -> Call {
    Call::post(
        CONFIG_MAPS,
        &json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name },
            "data": { "run.sh": format!("login {CANARY}; docker run {}\n", app(tag)) },
        }),
    )
}

//! The scan of a large Kubernetes cluster, beside a plain reader of the same objects.

use std::process::Command;

use ecr_sweep_api_server::{ADMIN_TOKEN, ApiServer, Call, build};
use miette::IntoDiagnostic;
use serde_json::{Value, json};

use super::setting::folder;
use super::watch::{Taken, watch};
use crate::run::target;

/// How many deployments there are, and of each: old replica sets, pods that run, and config maps.
const DEPLOYMENTS: usize = 2_000;
const REPLICA_SETS: usize = 10;
const PODS: usize = 10;
const CONFIG_MAPS: usize = 9;

/// How many deployments share a namespace.
const IN_NAMESPACE: usize = 100;

const REPOSITORY: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app";
const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/large";

pub(crate) fn measure() -> miette::Result<()> {
    let pods = DEPLOYMENTS * PODS;
    let objects = DEPLOYMENTS * (1 + REPLICA_SETS + PODS + CONFIG_MAPS);
    let cache = target("tmp");
    println!("\nScanning a Kubernetes cluster of {pods} pods and {objects} objects, page by page:");
    let mut server = ApiServer::start(&cache, &[]);
    fill(&mut server);
    let folder = folder()?;
    let config = server.kubeconfig(ARN, &json!({ "token": ADMIN_TOKEN }));
    let [kubeconfig, usage] = ["kubeconfig", "usage.json"].map(|name| folder.join(name));
    std::fs::write(&kubeconfig, config.to_string()).into_diagnostic()?;
    println!("{:>34} {:>8} {:>8} {:>6}", "", "s", "CPU s", "MiB");
    for _ in 0..2 {
        let mut list = Command::new(build(&cache));
        list.arg("list").arg(server.folder());
        print(
            "client-go, as kubectl get -A does",
            &watch(&mut list, &[0], &folder.join("errors.txt"))?,
        );
        let mut scan = Command::new(target("release").join("ecr-sweep"));
        scan.args(["scan", "--kubernetes", "--kubeconfig"]).arg(&kubeconfig).arg("-o").arg(&usage);
        print("ecr-sweep", &watch(&mut scan, &[0], &folder.join("errors.txt"))?);
    }
    Ok(())
}

fn print(name: &str, taken: &Taken) {
    let Taken { seconds, cpu_seconds, resident_mib, .. } = taken;
    println!("{name:>34} {seconds:>8.2} {cpu_seconds:>8.2} {resident_mib:>6.0}");
}

fn fill(server: &mut ApiServer) {
    for first in (0..DEPLOYMENTS).step_by(IN_NAMESPACE) {
        let namespace = format!("team-{first:05}");
        let object =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } });
        server.make(&[Call::post("/api/v1/namespaces", &object)], 201);
        let numbers = first..(first + IN_NAMESPACE).min(DEPLOYMENTS);
        let made: Vec<Call> = numbers.clone().flat_map(|it| objects(&namespace, it)).collect();
        server.make(&made, 201);
        let ran: Vec<Call> = numbers.flat_map(|it| statuses(&namespace, it)).collect();
        server.make(&ran, 200);
    }
}

/// A deployment and what belongs to it.
fn objects(namespace: &str, number: usize) -> Vec<Call> {
    let apps = format!("/apis/apps/v1/namespaces/{namespace}");
    let core = format!("/api/v1/namespaces/{namespace}");
    let app = format!("app-{number}");
    let replicated = |kind: &str, name: &str, tag: usize| {
        json!({
            "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": name },
            "spec": {
                "replicas": 0, "selector": { "matchLabels": { "app": app } },
                "template": { "metadata": { "labels": { "app": app } }, "spec": spec(number, tag) },
            },
        })
    };
    let deployment = replicated("Deployment", &app, 0);
    let mut calls = vec![Call::post(&format!("{apps}/deployments"), &deployment)];
    for tag in 0..REPLICA_SETS {
        let set = replicated("ReplicaSet", &format!("{app}-{tag}"), tag);
        calls.push(Call::post(&format!("{apps}/replicasets"), &set));
    }
    for pod in 0..PODS {
        let labels = json!({ "app": app });
        let metadata = json!({ "name": format!("{app}-0-{pod}"), "labels": labels });
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec(number, 0),
        });
        calls.push(Call::post(&format!("{core}/pods"), &pod));
    }
    for map in 0..CONFIG_MAPS {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": format!("{app}-{map}") },
            "data": { "settings.yaml": "log_level: info\nworkers: 4\n".repeat(20) },
        });
        calls.push(Call::post(&format!("{core}/configmaps"), &map));
    }
    calls
}

/// What a pod is made from: two containers, with what they are commonly told.
fn spec(number: usize, tag: usize) -> Value {
    let env =
        |it: usize| json!({ "name": format!("SETTING_{it}"), "value": format!("value of {it}") });
    let container = |name: &str, image: String| {
        json!({
            "name": name, "image": image,
            "env": (0..20).map(env).collect::<Vec<_>>(),
            "resources": { "requests": { "cpu": "100m", "memory": "128Mi" } },
            "readinessProbe": { "httpGet": { "path": "/ready", "port": 8080 } },
        })
    };
    json!({ "containers": [
        container("app", format!("{REPOSITORY}-{number}:v{tag}")),
        container("proxy", format!("{REPOSITORY}-proxy:v1")),
    ] })
}

/// What nodes say of a deployment's pods.
fn statuses(namespace: &str, number: usize) -> Vec<Call> {
    let status = |name: &str, repository: &str, tag: &str| {
        json!({
            "name": name, "image": format!("{repository}:{tag}"),
            "imageID": format!("{repository}@sha256:{number:064x}"),
            "ready": true, "restartCount": 0, "state": {},
        })
    };
    let statuses = json!([
        status("app", &format!("{REPOSITORY}-{number}"), "v0"),
        status("proxy", &format!("{REPOSITORY}-proxy"), "v1"),
    ]);
    let part = json!({ "status": { "phase": "Running", "containerStatuses": statuses } });
    let path =
        |pod: usize| format!("/api/v1/namespaces/{namespace}/pods/app-{number}-0-{pod}/status");
    (0..PODS).map(|pod| Call::patch(&path(pod), &part)).collect()
}

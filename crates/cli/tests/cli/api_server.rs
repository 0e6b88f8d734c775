//! `scan --kubernetes`, of a real API server: as whoever the example's manifests allow to read it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ecr_sweep_api_server::{ApiServer, Call, READER, READER_TOKEN};
use ecr_sweep_protocol::{UsageFileContent, usage_file};
use ecr_sweep_test_world::HOST;
use serde_json::{Value, json};

use crate::command::{Ended, ecr_sweep, ended};
use crate::documents::is_valid;

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const CANARY: &str = "hunter2";

/// Those that clusters do not have unless they are asked for, too.
const EVERY_API: &str = "--runtime-config=api/all=true";

/// The example's manifests, and where each of their documents goes.
const MANIFESTS: [(&str, &[&str]); 3] = [
    (
        include_str!("../../../../examples/kubernetes/cluster-role.yaml"),
        &["/apis/rbac.authorization.k8s.io/v1/clusterroles/ecr-sweep"],
    ),
    (
        include_str!("../../../../examples/kubernetes/service-account.yaml"),
        &[
            "/api/v1/namespaces/ecr-sweep",
            "/api/v1/namespaces/ecr-sweep/serviceaccounts/ecr-sweep",
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/ecr-sweep",
        ],
    ),
    (
        include_str!("../../../../examples/kubernetes/cron-job.yaml"),
        &["/apis/batch/v1/namespaces/ecr-sweep/cronjobs/ecr-sweep"],
    ),
];

/// A server with the example's manifests, and a deployment. Gives the service account's token, too.
fn serve() -> (ApiServer, String) {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut server = ApiServer::start(cache, &[EVERY_API]);
    for (manifest, paths) in MANIFESTS {
        let documents: Vec<&str> = manifest.split("\n---\n").collect();
        assert_eq!(documents.len(), paths.len(), "{manifest}");
        for (document, path) in documents.into_iter().zip(paths) {
            server.make(&[Call::apply(path, document)], 201);
        }
    }
    let pod = json!({
        "metadata": { "labels": { "app": "web" }, "annotations": { "note": CANARY } },
        "spec": { "containers": [{
            "name": "web", "image": format!("{HOST}/dev/app:v1"), "args": [CANARY],
            "env": [{ "name": "PASSWORD", "value": CANARY }],
        }] },
    });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": { "selector": { "matchLabels": { "app": "web" } }, "template": pod },
    });
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "web" },
        "stringData": { "image": format!("{HOST}/dev/app:secret"), "password": CANARY },
    });
    // The reader, who has a certificate, may do the same.
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": { "name": "reader" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "ecr-sweep" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": READER }],
    });
    let request = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {},
    });
    let answers = server.make(
        &[
            Call::post("/apis/apps/v1/namespaces/default/deployments", &deployment),
            Call::post("/api/v1/namespaces/default/secrets", &secret),
            Call::post(&format!("{RBAC}/clusterrolebindings"), &binding),
            Call::post(&format!("{}/token", MANIFESTS[1].1[1]), &request),
        ],
        201,
    );
    for user in ["system:serviceaccount:ecr-sweep:ecr-sweep", READER] {
        server.wait_until_allowed(user, "", "pods");
    }
    let token = answers[3]["status"]["token"].as_str().unwrap().to_owned();
    (server, token)
}

/// Who the kubeconfig may say calls: with a token, with a file of one, by a program, with a certificate.
fn callers(folder: &Path, server: &ApiServer, token: &str) -> [(&'static str, Value); 5] {
    fs::write(folder.join("token"), token).unwrap();
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": { "token": token },
    });
    fs::write(folder.join("plugin"), format!("#!/bin/sh\necho '{credential}'\n")).unwrap();
    fs::set_permissions(folder.join("plugin"), fs::Permissions::from_mode(0o700)).unwrap();
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin",
        "interactiveMode": "Never",
    });
    let [certificate, key] = server.client_certificate();
    [
        ("a token", json!({ "token": token })),
        ("a file of a token", json!({ "tokenFile": "token" })),
        ("an exec plugin", json!({ "exec": exec })),
        ("a certificate", json!({ "client-certificate": certificate, "client-key": key })),
        ("another's token", json!({ "token": READER_TOKEN })),
    ]
}

fn scan(folder: &Path, server: &ApiServer, user: &Value) -> Ended {
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/blue";
    fs::write(folder.join("config"), server.kubeconfig(arn, user).to_string()).unwrap();
    let arguments = ["scan", "--kubernetes", "--kubeconfig", "config", "-o", "usage.json", "-vvv"];
    ended(ecr_sweep(folder, &arguments))
}

#[test]
fn whoever_the_example_allows_scans_a_cluster_whole_and_nobody_else_completes_it() {
    let (server, token) = serve();
    let folder = tempfile::tempdir().unwrap();
    for (who, user) in callers(folder.path(), &server, &token) {
        let ended = scan(folder.path(), &server, &user);
        assert_eq!(ended.code, Some(0), "{who}: {}", ended.stderr);
        let text = fs::read_to_string(folder.path().join("usage.json")).unwrap();
        is_valid(&serde_json::from_str(&text).unwrap(), "usage-file");
        let UsageFileContent::Scanned(file) = usage_file::read("it", text.as_bytes()).unwrap()
        else {
            panic!("{who}: {text}");
        };
        let [scanned] = file.scanned.as_slice() else { panic!("{who}: {text}") };
        assert!(scanned.complete, "{who}: {text}");
        assert_eq!(scanned.place().to_string(), "111122223333/eu-west-1/blue");
        let used = file.usage.iter().map(|it| (it.kind.as_str(), &*it.reference, &*it.arn));
        let ours: Vec<_> = used.filter(|(_, reference, _)| reference.starts_with(HOST)).collect();
        let [sweeper, app] = ["ecr-sweep", "dev/app"].map(|name| format!("{HOST}/{name}:v1"));
        let expected = [
            ("kubernetes-cron-job", &*sweeper, "blue/ecr-sweep/cron-job/ecr-sweep"),
            ("kubernetes-deployment", &*app, "blue/default/deployment/web"),
        ];
        assert_eq!(ours, expected, "{who}: {text}");
        for told in [&text, &ended.stdout, &ended.stderr] {
            assert!(!told.contains(CANARY) && !told.contains(&token), "{who}: {told}");
        }
    }
    let ended = scan(folder.path(), &server, &json!({ "token": CANARY }));
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("access entry"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(CANARY), "{}", ended.stderr);
    let text = fs::read_to_string(folder.path().join("usage.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["scanned"][0]["complete"], false, "{text}");
}

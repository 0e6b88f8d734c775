//! `scan --kubernetes`, of a stand-in for a cluster's API.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use ecr_sweep_protocol::{UsageFileContent, usage_file};
use ecr_sweep_test_world::HOST;
use serde_json::{Value, json};

use crate::command::{Ended, ecr_sweep, ended};
use crate::documents::is_valid;

/// A cluster with one deployment, or one that denies it.
fn serve(denies: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                request.push(byte[0]);
            }
            let request = String::from_utf8(request).unwrap();
            let (status, body) = match answer(request.split(' ').nth(1).unwrap_or_default()) {
                Some(body) if !(denies && body["kind"] == "DeploymentList") => ("200 OK", body),
                _ => ("403 Forbidden", json!({ "message": "no" })),
            };
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}", body.len());
            write!(stream, "{head}\r\nconnection: close\r\n\r\n{body}").unwrap();
        }
    });
    address
}

fn answer(path: &str) -> Option<Value> {
    let version = json!({ "version": "v1" });
    let resource = json!({ "name": "deployments", "kind": "Deployment", "verbs": ["list"] });
    let container = json!({
        "image": format!("{HOST}/dev/app:v1"), "env": [{ "name": "A", "value": "hunter2" }],
    });
    Some(match path {
        "/api" => json!({ "versions": ["v1"] }),
        "/api/v1" => json!({ "resources": [] }),
        "/apis" => json!({ "groups": [{ "name": "apps", "versions": [version] }] }),
        "/apis/apps/v1" => json!({ "resources": [resource] }),
        "/apis/apps/v1/deployments?limit=500" => json!({
            "kind": "DeploymentList", "metadata": {},
            "items": [{
                "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "template": { "spec": { "containers": [container] } } },
            }],
        }),
        _ => return None,
    })
}

/// Scans by a kubeconfig that names the cluster as `aws eks update-kubeconfig` does.
fn scan(folder: &Path, server: &str, more: &[&str]) -> Ended {
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/blue";
    let config = json!({
        "current-context": "here",
        "contexts": [{ "name": "here", "context": { "cluster": arn, "user": "me" } }],
        "clusters": [{ "name": arn, "cluster": { "server": server } }],
        "users": [{ "name": "me", "user": { "token": "hunter2" } }],
    });
    fs::write(folder.join("config"), config.to_string()).unwrap();
    let arguments =
        [&["scan", "--kubernetes", "--kubeconfig", "config", "-o", "usage.json"], more].concat();
    let mut command = ecr_sweep(folder, &arguments);
    // What is for accounts alone, and set for other commands.
    command.envs([("ECR_SWEEP_PROFILE", "me"), ("ECR_SWEEP_STORE", "s3://sweeps")]);
    ended(command)
}

#[test]
fn a_cluster_is_read_into_a_usage_file() {
    let folder = tempfile::tempdir().unwrap();
    let ended = scan(folder.path(), &serve(false), &["-vvv"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("has 1 reference to images"), "{}", ended.stderr);
    let line = ended.stdout.lines().find(|line| line.starts_with("kubernetes")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!((cells[1..5].concat(), cells.last()), ("1111".to_owned(), Some(&"0")), "{line}");
    let text = fs::read_to_string(folder.path().join("usage.json")).unwrap();
    assert!(!text.contains("hunter2") && !ended.stderr.contains("hunter2"), "{}", ended.stderr);
    is_valid(&serde_json::from_str(&text).unwrap(), "usage-file");
    let UsageFileContent::Scanned(file) = usage_file::read("it", text.as_bytes()).unwrap() else {
        panic!("{text}");
    };
    let [scanned] = file.scanned.as_slice() else { panic!("{text}") };
    assert!(scanned.complete && scanned.found == 1, "{text}");
    assert_eq!(scanned.place().to_string(), "111122223333/eu-west-1/blue");
    assert_eq!(file.usage[0].kind.as_str(), "kubernetes-deployment");
    assert_eq!(&*file.usage[0].arn, "blue/shop/deployment/web");
}

#[test]
fn what_is_not_seen_whole_completes_nothing_and_is_told_with_what_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let ended = scan(folder.path(), &serve(true), &["--cluster", "green"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let rule = r#"{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] }"#;
    assert!(ended.stderr.contains(rule), "{}", ended.stderr);
    let text = fs::read_to_string(folder.path().join("usage.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    is_valid(&file, "usage-file");
    assert_eq!((&file["scanned"][0]["complete"], &file["usage"]), (&json!(false), &json!([])));
    assert_eq!(file["scanned"][0]["cluster"], "green");
}

#[test]
fn a_cluster_that_nobody_names_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let ended = ended(ecr_sweep(folder.path(), &["scan", "--kubernetes", "-o", "usage.json"]));
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("--kubeconfig FILE"), "{}", ended.stderr);
    assert!(!folder.path().join("usage.json").exists());
}

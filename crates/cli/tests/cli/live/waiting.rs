//! What is said while an endpoint does not answer.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use crate::command::ecr_sweep;

#[test]
fn the_call_that_is_waited_for_is_logged_where_nobody_watches_a_terminal() {
    // Connections are taken by the system, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("policy.yaml"),
        "schema_version: 1\nrepositories:\n  - keep: { newest: 5 }\n",
    )
    .unwrap();
    let mut plan = ecr_sweep(folder.path(), &["plan", "-v"]);
    let mut plan = plan
        .env("AWS_ENDPOINT_URL", format!("http://{}", silent.local_addr().unwrap()))
        .env("AWS_ACCESS_KEY_ID", "111122223333")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-west-1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(plan.stderr.take().unwrap()).lines();
    let told = lines.map(Result::unwrap).find(|line| line.contains("waiting for"));
    plan.kill().unwrap();
    plan.wait().unwrap();
    let told = told.unwrap();
    assert!(told.contains("waiting for STS GetCallerIdentity in eu-west-1, "), "{told}");
    assert!(told.ends_with(" s so far"), "{told}");
}

//! The simulator as a command.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::world::{INDEX, digest, organization, send_to};

/// A running command; it ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aws-sim"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The command, and the address that its first line says.
fn start(arguments: &[&str]) -> (Running, String) {
    let mut child = command(arguments).spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    let running = Running(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on http://").expect(&line);
    (running, address.to_owned())
}

fn call(address: &str, target: &str, key: &str, input: &Value) -> Value {
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={key}/20261120/eu-west-1/ecr/aws4_request");
    let target = format!("AmazonEC2ContainerRegistry_V20150921.{target}");
    let headers = [("X-Amz-Target", target.as_str()), ("Authorization", authorization.as_str())];
    let response = send_to(address, "POST", "/", &headers, &input.to_string()).unwrap();
    serde_json::from_str(&response.body).unwrap()
}

#[test]
fn the_command_serves_a_snapshot_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("organization.json");
    let address_file = folder.path().join("address");
    let images = json!([
        { "digest": digest(1) },
        { "digest": digest(2), "media_type": INDEX, "children": [digest(1)] },
    ]);
    fs::write(&snapshot, json!(organization(images, json!({}))).to_string()).unwrap();
    let (_running, address) = start(&[
        "--snapshot",
        snapshot.to_str().unwrap(),
        "--reseal",
        "--address-file",
        address_file.to_str().unwrap(),
        "--rate",
        "ecr:ListImages=0.000001/1",
        "--fault",
        r#"{ "operation": "ecr:DescribeRegistry", "effect": { "error": { "code": "Oh" } } }"#,
        "--now",
        "2027-01-01T00:00:00Z",
        "--latency",
        "1ms",
        "--latency-of",
        "s3:*=2ms",
        "--bucket",
        "sweeps",
    ]);
    let input = json!({ "repositoryName": "dev/app" });
    let found = call(&address, "DescribeImages", "AKIAEXAMPLE", &input);
    assert_eq!(found["imageDetails"].as_array().unwrap().len(), 2);
    assert_ne!(found["imageDetails"][0]["imageDigest"], json!(digest(1)), "it is sealed");
    let created = call(&address, "CreateRepository", "1", &json!({ "repositoryName": "new" }));
    assert_eq!(created["repository"]["createdAt"], 1_798_761_600);
    assert_eq!(call(&address, "DescribeRegistry", "1", &json!({}))["__type"], "Oh");
    call(&address, "ListImages", "1", &input);
    let throttled = call(&address, "ListImages", "1", &input);
    assert_eq!(throttled["__type"], "ThrottlingException");
    let counts = send_to(&address, "GET", "/_sim/counts", &[], "").unwrap();
    let counts: Value = serde_json::from_str(&counts.body).unwrap();
    assert_eq!(counts["ecr:ListImages"], 2);
    let images = send_to(&address, "GET", "/_sim/images", &[], "").unwrap();
    let images: Value = serde_json::from_str(&images.body).unwrap();
    assert_eq!(
        images,
        json!({ "111122223333/eu-west-1/dev/app": 2, "111122223333/eu-west-1/new": 0 })
    );
    let key = "AWS4-HMAC-SHA256 Credential=1/20261120/eu-west-1/s3/aws4_request";
    let put = send_to(&address, "PUT", "/sweeps/a", &[("Authorization", key)], "1").unwrap();
    assert_eq!(put.status, 200, "{}", put.body);
    assert_eq!(fs::read_to_string(&address_file).unwrap(), format!("http://{address}"));
}

#[test]
fn the_command_without_a_snapshot_is_an_empty_account() {
    let (_running, address) = start(&["--account", "444455556666", "--region", "eu-west-1"]);
    let answer = call(&address, "DescribeRegistry", "AKIAEXAMPLE", &json!({}));
    assert_eq!(answer["registryId"], "444455556666");
}

#[test]
fn a_file_that_is_no_snapshot_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.json");
    for content in [None, Some("{"), Some("{}")] {
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        let mut child = command(&["--snapshot", path.to_str().unwrap()]).spawn().unwrap();
        let mut message = String::new();
        child.stderr.take().unwrap().read_to_string(&mut message).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert!(message.contains("broken.json"), "{message}");
    }
}

#[test]
fn the_command_says_which_accounts_and_roles_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("organization.json");
    fs::write(&snapshot, json!(organization(json!([]), json!({}))).to_string()).unwrap();
    let snapshot = snapshot.to_str().unwrap();
    let (_running, address) = start(&[
        "--snapshot",
        snapshot,
        "--member",
        "444455556666=SUSPENDED",
        "--member",
        "777788889999",
        "--role",
        "444455556666/EcrSweepRead",
    ]);
    let authorization =
        "AWS4-HMAC-SHA256 Credential=111122223333/20261120/eu-west-1/sts/aws4_request";
    let send = |kind: (&str, &str), body: &str| {
        let headers = [kind, ("Authorization", authorization)];
        send_to(&address, "POST", "/", &headers, body).unwrap()
    };
    let listed = send(("X-Amz-Target", "AWSOrganizationsV20161128.ListAccounts"), "{}");
    let listed: Value = serde_json::from_str(&listed.body).unwrap();
    let states: Vec<_> = listed["Accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["State"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["ACTIVE", "SUSPENDED", "ACTIVE"]);
    let assume = |name: &str| {
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let role = format!("arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2F{name}");
        send(form, &format!("Action=AssumeRole&RoleSessionName=s&RoleArn={role}")).status
    };
    assert_eq!((assume("EcrSweepRead"), assume("Other")), (200, 403));

    for role in ["444455556666", "12/EcrSweepRead"] {
        let refused = command(&["--role", role]).output().unwrap();
        assert!(!refused.status.success(), "{role}");
    }
}

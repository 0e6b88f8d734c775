//! Commands that work with a deployed state machine: S3 is moto's, Step Functions gives the answers
//! that it was told to.

use ecr_sweep_protocol::documents::sha256;
use serde_json::{Value, json};

use super::bucket::Bucket;
use super::states::{States, error, execution, started};
use crate::command::{Ended, ended};
use crate::documents::is_valid;

const STORE: [&str; 2] = ["--store", "s3://sweeps"];

fn run(bucket: &Bucket, states: &States, arguments: &[&str]) -> Ended {
    let mut command = bucket.command(&[arguments, &STORE].concat());
    command.env("AWS_ENDPOINT_URL_SFN", &states.endpoint);
    ended(command)
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr))
}

/// The name of the only run in the bucket.
fn only_run(bucket: &Bucket) -> String {
    let listed = json(&bucket.run(&[&["runs", "--format", "json"][..], &STORE].concat()));
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1);
    listed["runs"][0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn a_start_with_a_bucket_starts_the_state_machine() {
    let bucket = Bucket::make();
    let states = States::start(&[("StartExecution", &[started()])]);
    let start = run(&bucket, &states, &["start", "--repository", "dev/*", "--format", "json"]);
    assert_eq!(start.code, Some(0), "{}", start.stderr);
    let document = json(&start);
    is_valid(&document, "started-run");
    let [(_, asked)] = &states.asked()[..] else { panic!("one call") };
    assert_eq!(asked["name"], document["run"]);
    let machine = "arn:aws:states:eu-west-1:111122223333:stateMachine:ecr-sweep";
    assert_eq!(asked["stateMachineArn"], machine);
    let input: Value = serde_json::from_str(asked["input"].as_str().unwrap()).unwrap();
    assert_eq!(input, json!({ "dryRun": true, "repositories": ["dev/*"] }));

    let sweep = run(&bucket, &states, &["start", "--delete", "--yes", "--state-machine", "other"]);
    assert_eq!(sweep.code, Some(0), "{}", sweep.stderr);
    assert!(sweep.stderr.contains("--state-machine other --store s3://sweeps"), "{}", sweep.stderr);
    let input = states.asked()[1].1["input"].clone();
    let mut input: Value = serde_json::from_str(input.as_str().unwrap()).unwrap();
    assert!(is_signed(&input["startedBy"].take()), "{sweep:?}");
    assert_eq!(input, json!({ "dryRun": false, "startedBy": null }));
}

#[test]
fn a_policy_that_a_deployed_run_would_not_go_by_is_an_error() {
    let bucket = Bucket::make();
    let states = States::start(&[]);
    for option in [&["--policy", "policy.yaml"][..], &["--details"], &["--sort", "size"]] {
        let start = run(&bucket, &states, &[&["start"][..], option].concat());
        assert_eq!(start.code, Some(2), "{}", start.stderr);
        let told = format!("`{}` would be ignored", option[0]);
        assert!(start.stderr.contains(&told), "{}", start.stderr);
    }
    assert!(states.asked().is_empty());
}

/// Whether something shows who the caller is, and is good for nothing else.
fn is_signed(proof: &Value) -> bool {
    let text = |name: &str| proof[name].as_str().unwrap_or_default().to_owned();
    text("authorization").contains("x-ecr-sweep-for")
        && text("x-ecr-sweep-for").starts_with("sha256:")
}

#[test]
fn a_state_machine_that_is_not_there_is_told_with_the_next_step() {
    let bucket = Bucket::make();
    let states = States::start(&[("StartExecution", &[error("StateMachineDoesNotExist")])]);
    let start = run(&bucket, &states, &["start"]);
    assert_eq!(start.code, Some(2), "{}", start.stderr);
    for part in ["stateMachine:ecr-sweep", "StateMachineDoesNotExist", "--state-machine"] {
        assert!(start.stderr.contains(part), "`{part}` is not in {}", start.stderr);
    }
    let denied = States::start(&[("StartExecution", &[error("AccessDeniedException")])]);
    let start = run(&bucket, &denied, &["start"]);
    assert_eq!(start.code, Some(1), "{}", start.stderr);
    assert!(start.stderr.contains("allow states:StartExecution"), "{}", start.stderr);
}

#[test]
fn a_reviewed_plan_is_taken_up_and_its_execution_watched() {
    let bucket = Bucket::make();
    let states = States::start(&[
        ("StartExecution", &[started()]),
        ("DescribeExecution", &[execution("RUNNING", None), execution("SUCCEEDED", None)]),
    ]);
    assert_eq!(bucket.run(&[&["plan"][..], &STORE].concat()).code, Some(0));
    let plan = only_run(&bucket);
    let start =
        run(&bucket, &states, &["start", "--plan", "latest", "--delete", "--yes", "--wait"]);
    assert_eq!(start.code, Some(0), "{}", start.stderr);
    assert!(start.stderr.contains("Plan of 111122223333"), "{}", start.stderr);
    assert!(start.stdout.starts_with(&format!("Run {plan}")), "{}", start.stdout);
    let asked = states.asked();
    let mut input: Value = serde_json::from_str(asked[0].1["input"].as_str().unwrap()).unwrap();
    assert!(is_signed(&input["startedBy"].take()), "{input}");
    assert_eq!(input, json!({ "dryRun": false, "plan": plan, "startedBy": null }));
    let described = asked[1].1["executionArn"].as_str().unwrap();
    assert!(described.ends_with(asked[0].1["name"].as_str().unwrap()), "{described}");
}

#[test]
fn an_execution_that_failed_ends_the_watch_with_the_code_of_its_error() {
    let bucket = Bucket::make();
    for (name, code) in [("StalePlan", 6), ("InvalidPolicy", 2), ("Throttled", 1)] {
        let states = States::start(&[("DescribeExecution", &[execution("FAILED", Some(name))])]);
        let watch = run(&bucket, &states, &["watch", "20261120T101500.123Z"]);
        assert_eq!(watch.code, Some(code), "{}", watch.stderr);
        assert!(
            watch.stderr.contains(&format!("failed: {name}: as it is told")),
            "{}",
            watch.stderr
        );
    }
}

#[test]
fn a_run_of_a_process_is_watched_in_a_bucket_too() {
    let bucket = Bucket::make();
    let states = States::start(&[("DescribeExecution", &[error("ExecutionDoesNotExist")])]);
    assert_eq!(bucket.run(&[&["plan"][..], &STORE].concat()).code, Some(0));
    let watch = run(&bucket, &states, &["watch", "latest"]);
    assert_eq!(watch.code, Some(0), "{}", watch.stderr);
    let absent = run(&bucket, &states, &["watch", "latest", "--execution", "nobody"]);
    assert_eq!(absent.code, Some(2), "{}", absent.stderr);
}

#[test]
fn the_question_is_answered_both_ways_and_only_while_somebody_waits() {
    let bucket = Bucket::make();
    assert_eq!(bucket.run(&[&["plan"][..], &STORE].concat()).code, Some(0));
    let plan = only_run(&bucket);
    let states =
        States::start(&[("SendTaskSuccess", &[json!({}), json!({}), error("TaskTimedOut")])]);
    let nobody = run(&bucket, &states, &["approve", &plan, "--yes"]);
    assert_eq!(nobody.code, Some(2), "{}", nobody.stderr);
    assert!(nobody.stderr.contains("does not ask for approval"), "{}", nobody.stderr);

    let ask = |digest: &str| {
        let question = json!({
            "schema_version": 1, "run": plan, "task_token": "the-token", "plan_digest": digest,
            "asked_at": "2026-11-20T00:00:00Z",
        });
        bucket.put(&format!("sweeps/{plan}/approval/request.json"), &question);
    };
    ask(&format!("sha256:{}", "ab".repeat(32)));
    let another = run(&bucket, &states, &["approve", &plan, "--yes"]);
    assert_eq!(another.code, Some(6), "{}", another.stderr);
    assert!(another.stderr.contains("asks about another plan"), "{}", another.stderr);

    let summary = bucket.get(&format!("sweeps/{plan}/summary.json"));
    let digest = sha256(summary.as_bytes()).to_string();
    ask(&digest);
    let unasked = run(&bucket, &states, &["approve", &plan]);
    assert_eq!(unasked.code, Some(6), "{}", unasked.stderr);
    assert_eq!(states.asked(), []);

    let approved = run(&bucket, &states, &["approve", "latest", "--yes", "--format", "json"]);
    assert_eq!(approved.code, Some(0), "{}", approved.stderr);
    let rejected = run(&bucket, &states, &["reject", &plan]);
    assert_eq!(rejected.code, Some(0), "{}", rejected.stderr);
    assert!(rejected.stdout.starts_with("Rejected the plan"), "{}", rejected.stdout);
    let mut answers: Vec<Value> = states
        .asked()
        .iter()
        .map(|(_, asked)| {
            assert_eq!(asked["taskToken"], "the-token");
            serde_json::from_str(asked["output"].as_str().unwrap()).unwrap()
        })
        .collect();
    is_valid(&answers[0], "approval-answer");
    // What shows who approves goes to the function that asks, and nowhere else.
    let proof = answers[0].as_object_mut().and_then(|it| it.remove("proof"));
    assert!(is_signed(&proof.unwrap()), "{approved:?}");
    assert!(answers[1].get("proof").is_none());
    assert_eq!(answers[0], json(&approved));
    assert_eq!((&answers[0]["approved"], &answers[1]["approved"]), (&true.into(), &false.into()));
    assert_eq!(answers[0]["by"], "arn:aws:iam::111122223333:user/simulated");
    assert_eq!(answers[0]["plan_digest"], digest);

    let late = run(&bucket, &states, &["approve", &plan, "--yes"]);
    assert_eq!(late.code, Some(6), "{}", late.stderr);
    assert!(late.stderr.contains("does not wait any more"), "{}", late.stderr);
    assert!(!late.stderr.contains("the-token"), "{}", late.stderr);
}

//! A newcomer's way: a policy from another cleaner's file, or from what an account has; then it is
//! checked, and planned with.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::command::{Ended, ecr_sweep, ended, story};

#[test]
fn a_file_of_another_cleaner_is_written_as_a_policy_that_is_good_and_plans() {
    let folder = tempfile::tempdir().unwrap();
    let file = story("arriving").join("ecrm.yaml");
    let import = ["import", "--from", "ecrm", file.to_str().unwrap(), "-o", "policy.yaml"];
    let imported = ended(ecr_sweep(folder.path(), &import));
    assert_eq!((imported.code, &*imported.stdout), (Some(0), ""), "{}", imported.stderr);
    assert!(
        imported.stderr.contains("`ecr-sweep check policy.yaml --live`"),
        "{}",
        imported.stderr
    );

    assert_eq!(ended(ecr_sweep(folder.path(), &["check", "policy.yaml"])).code, Some(0));
    let snapshot = story("small-organization").join("org.json");
    let plan = ["plan", "--snapshot", snapshot.to_str().unwrap()];
    assert_eq!(ended(ecr_sweep(folder.path(), &plan)).code, Some(0));
}

#[test]
fn a_file_that_is_there_is_overwritten_only_if_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    fs::write(&policy, "mine").unwrap();
    let file = story("arriving").join("ecrm.yaml");
    let import = ["import", "--from", "ecrm", file.to_str().unwrap(), "-o", "policy.yaml"];
    let refused = ended(ecr_sweep(folder.path(), &import));
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("there is a file `policy.yaml` already"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&policy).unwrap(), "mine");

    let told = [&import[..], &["--overwrite"]].concat();
    assert_eq!(ended(ecr_sweep(folder.path(), &told)).code, Some(0));
    assert!(fs::read_to_string(&policy).unwrap().contains("schema_version: 1"));
}

#[test]
fn a_file_of_another_cleaner_can_come_from_standard_input() {
    let mut command = ecr_sweep(&story("arriving"), &["import", "--from", "cdk-gc", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"npx cdk gc --unstable=gc --type=ecr\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let policy = String::from_utf8(output.stdout).unwrap();
    assert!(policy.contains("cdk-hnb659fds-container-assets-*"), "{policy}");
}

#[test]
fn variables_of_another_cleaner_are_taken_from_the_environment() {
    let import = |days: &str| -> Ended {
        let mut command = ecr_sweep(&story("arriving"), &["import", "--from", "aws-ecr-cleaner"]);
        command.env("DEFAULT_KEEP_DAYS", days);
        ended(command)
    };
    assert!(import("60").stdout.contains("default: 60d"));
    let refused = import("soon");
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("the environment:1:1: `soon`"), "{}", refused.stderr);
}

#[test]
fn a_variable_that_names_repositories_is_told_where_it_counts_and_where_it_does_not() {
    let import = |tool: &str, text: &str| -> Ended {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("theirs"), text).unwrap();
        let mut command = ecr_sweep(folder.path(), &["import", "--from", tool, "theirs"]);
        command.env("ECR_SWEEP_REPOSITORY", "mine");
        ended(command)
    };
    let counts = import("cdk-gc", "cdk gc --unstable=gc --type=ecr\n");
    assert_eq!(counts.code, Some(0), "{}", counts.stderr);
    assert!(counts.stdout.contains("\"mine\""), "{}", counts.stdout);
    assert!(counts.stderr.contains("warning: the rule is for `mine`, as"), "{}", counts.stderr);
    let passed_over = import("aws-ecr-cleaner", "DEFAULT_KEEP_DAYS=60\n");
    assert_eq!(passed_over.code, Some(0), "{}", passed_over.stderr);
    assert!(passed_over.stderr.contains("is passed over"), "{}", passed_over.stderr);
}

#[test]
fn a_first_policy_is_good_and_its_plan_has_no_surprise() {
    for name in ["small-organization", "several-registries", "rolled-back", "broken"] {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = story(name).join("org.json");
        let snapshot = ["--snapshot", snapshot.to_str().unwrap()];
        let run =
            |command: &[&str]| ended(ecr_sweep(folder.path(), &[command, &snapshot].concat()));
        let written = run(&["init"]);
        assert_eq!((written.code, &*written.stdout), (Some(0), ""), "{name}: {}", written.stderr);
        assert!(
            written.stderr.contains("`ecr-sweep plan --policy policy.yaml --snapshot"),
            "{name}"
        );

        let checked = run(&["check"]);
        assert_eq!(checked.code, Some(0), "{name}: {}", checked.stderr);
        assert!(!checked.stdout.contains("matches nothing"), "{name}: {}", checked.stdout);

        let planned = run(&["plan", "--format", "json"]);
        let plan: serde_json::Value = serde_json::from_str(&planned.stdout).unwrap();
        for plan in plan["plans"].as_array().unwrap() {
            let is_limit = |block: &serde_json::Value| block["code"] == "over-limit";
            assert!(!plan["blocked"].as_array().unwrap().iter().any(is_limit), "{name}: {plan}");
        }

        let again = run(&["init"]);
        assert_eq!(again.code, Some(2));
        assert!(again.stderr.contains("there is a file `policy.yaml` already"), "{}", again.stderr);
        assert_eq!(run(&["init", "--overwrite"]).code, Some(0));
    }
}

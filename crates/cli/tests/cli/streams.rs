//! What goes to which stream, and in which form.

use std::process::Stdio;

use crate::command::{ecr_sweep, ended, story};
use crate::documents::is_valid;

const PLAN: [&str; 3] = ["plan", "--snapshot", "org.json"];

#[test]
fn a_json_result_is_all_there_is_on_standard_output() {
    let ended =
        ended(ecr_sweep(&story("in-the-way"), &[&PLAN[..], &["--format", "json"]].concat()));
    assert!(serde_json::from_str::<serde_json::Value>(&ended.stdout).is_ok());
    assert_eq!(ended.stdout.lines().count(), 1);
    assert_eq!(ended.stderr, "");
}

#[test]
fn an_error_leaves_standard_output_empty() {
    let ended = ended(ecr_sweep(&story("bad-input"), &["plan", "--snapshot", "nowhere.json"]));
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.starts_with("error: there is no snapshot `nowhere.json`"));
}

#[test]
fn colours_are_for_terminals() {
    let folder = story("in-the-way");
    let is_coloured = |command| {
        let ended = ended(command);
        assert!(!ended.stdout.is_empty());
        ended.stdout.contains('\u{1b}')
    };
    assert!(!is_coloured(ecr_sweep(&folder, &PLAN)));
    let always = [&PLAN[..], &["--color", "always"]].concat();
    assert!(is_coloured(ecr_sweep(&folder, &always)));
    let mut forced = ecr_sweep(&folder, &PLAN);
    forced.env("CLICOLOR_FORCE", "1");
    assert!(is_coloured(forced));
    let mut forbidden = ecr_sweep(&folder, &PLAN);
    forbidden.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert!(!is_coloured(forbidden));
}

#[test]
fn diagnostics_have_no_colours_where_there_is_no_terminal() {
    let arguments = [&PLAN[..], &["--policy", "many-errors.yaml"]].concat();
    let ended = ended(ecr_sweep(&story("bad-input"), &arguments));
    assert!(!ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
    for position in ["many-errors.yaml:2:14", "many-errors.yaml:3:1", "many-errors.yaml:5:14"] {
        assert!(ended.stderr.contains(position), "{position}: {}", ended.stderr);
    }
}

#[test]
fn options_can_come_from_the_environment() {
    let mut command = ecr_sweep(&story("small-organization"), &["plan"]);
    command
        .env("ECR_SWEEP_SNAPSHOT", "org.json")
        .env("ECR_SWEEP_FORMAT", "json")
        .env("ECR_SWEEP_REPOSITORY", "dev/*")
        .env("ECR_SWEEP_VERBOSE", "2")
        .env("ECR_SWEEP_LOG_FORMAT", "json");
    let ended = ended(command);
    let plan: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(plan["plans"].as_array().unwrap().len(), 1);
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let mut command = ecr_sweep(&story("small-organization"), &PLAN);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The line of JSON in which a command that failed ends.
fn failed(folder: &std::path::Path, arguments: &[&str], code: i32) -> serde_json::Value {
    let ended = ended(ecr_sweep(folder, arguments));
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    let last = ended.stderr.lines().last().unwrap();
    let failed: serde_json::Value = serde_json::from_str(last).unwrap();
    is_valid(&failed, "failed-command");
    assert_eq!(failed["exit_code"], code);
    failed
}

#[test]
fn who_reads_json_is_told_in_json_what_failed() {
    let folder = story("bad-input");
    let json = ["--format", "json"];
    let arguments = [&["plan", "--snapshot", "nowhere.json"], &json[..]].concat();
    let nowhere = failed(&folder, &arguments, 2);
    assert_eq!(nowhere["error"], "there is no snapshot `nowhere.json`");
    assert!(nowhere["next"].as_str().unwrap().contains("ecr-sweep snapshot -o FILE"));
    let policy = failed(&folder, &[&["check", "many-errors.yaml"], &json[..]].concat(), 2);
    let problems = policy["problems"].as_array().unwrap();
    let places: Vec<_> = problems.iter().map(|it| (&it["line"], &it["column"])).collect();
    assert_eq!((places[0].0.as_u64(), places[0].1.as_u64()), (Some(2), Some(14)), "{policy}");
    assert!(problems.iter().all(|it| it["file"] == "many-errors.yaml"), "{policy}");
    let option = failed(&folder, &[&["plan", "--snapshto", "org.json"], &json[..]].concat(), 2);
    assert!(option["error"].as_str().unwrap().contains("--snapshto"), "{option}");
}

//! What the infrastructure tells the functions is what they read, by the same names.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use super::words::{code, files_in};

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names_in(text: &str) -> BTreeSet<String> {
    let name = Regex::new("ECR_SWEEP_[A-Z_]+[A-Z]").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// The text of the deployment that says what each function is told.
fn environment() -> String {
    std::fs::read_to_string(root().join("infra/lib/environment.ts")).unwrap()
}

#[test]
fn the_functions_are_told_what_they_read_and_nothing_else() {
    let folders = ["crates/steps/src/functions", "functions"];
    let files = folders.iter().flat_map(|folder| files_in(&root().join(folder)));
    let rust: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|it| it == "rs"))
        .map(|path| code(&path))
        .collect();
    let read = names_in(&rust.concat());
    assert!(read.len() > 5, "{read:?}");
    assert_eq!(names_in(&environment()), read);
}

#[cfg(feature = "live")]
#[test]
fn each_function_is_told_the_settings_of_its_own() {
    use std::cell::RefCell;

    use ecr_sweep_steps::functions::{DeleteBatchSettings, ListReposSettings, NotifySettings};

    let text = environment();
    // What an entry of the table spreads is a constant above it.
    let constant = |name: &str| {
        let start = text.find(&format!("const {name} = {{")).unwrap();
        names_in(text[start..].split('}').next().unwrap())
    };
    let told = |function: &str| {
        let start = text.find(&format!("{function}: {{")).unwrap();
        let entry = text[start..].split('}').next().unwrap();
        let mut names = names_in(entry);
        if entry.contains("...deletion") {
            names.extend(constant("deletion"));
        }
        if entry.contains("...persons") {
            names.extend(constant("persons"));
        }
        names
    };
    let asked = RefCell::new(BTreeSet::new());
    let answer = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        Some(match name {
            "ECR_SWEEP_POLICY" => "s3://bucket/policy.yaml".to_owned(),
            "ECR_SWEEP_DELETION" => "enabled".to_owned(),
            "ECR_SWEEP_APPROVAL" => "none".to_owned(),
            "ECR_SWEEP_NOTICES" => "[]".to_owned(),
            _ => "4".to_owned(),
        })
    };
    ListReposSettings::read(&answer).unwrap();
    assert_eq!(told("'list-repos'"), asked.take());
    DeleteBatchSettings::read(&answer).unwrap();
    assert_eq!(told("'delete-batch'"), asked.take());
    NotifySettings::read(&answer).unwrap();
    assert_eq!(told("notify"), asked.take());
}

/// The alarm of notices that did not arrive reads this line.
#[test]
fn the_metric_of_notices_is_what_notify_logs() {
    let infra = std::fs::read_to_string(root().join("infra/lib/run-metrics.ts")).unwrap();
    let telling = code(&root().join("crates/steps/src/functions/telling/mod.rs"));
    let logged = "tracing::error!(notices_failed, channels, \"notices did not get through\")";
    assert!(telling.contains(logged));
    assert!(infra.contains("{ $.message = \"notices did not get through\" }"));
    assert!(infra.contains("'$.notices_failed'"));
}

/// `CloudWatch` reads the metrics from notify's log: a field by another name would be one that never
/// comes, and its alarm one that never ends.
#[test]
fn the_metrics_of_a_run_are_the_fields_that_notify_logs() {
    let infra = std::fs::read_to_string(root().join("infra/lib/run-metrics.ts")).unwrap();
    let notify = code(&root().join("crates/steps/src/functions/notify.rs"));
    let (_, log) = notify.split_once("fn log_end").unwrap();
    let (log, _) = log.split_once("\n}").unwrap();
    let (_, log) = log.split_once("tracing::info!(").unwrap();
    let (fields, _) = log.split_once("\"a run ended\"").expect("the message of the filter");
    assert!(infra.contains("$.message = \"a run ended\""));
    let logged: BTreeSet<&str> = fields
        .split(',')
        .map(|field| field.split('=').next().unwrap().trim())
        .filter(|field| !field.is_empty())
        .collect();
    let (_, read) = infra.split_once("const FIELDS = {").unwrap();
    let (read, _) = read.split_once('}').unwrap();
    let read: BTreeSet<&str> =
        read.lines().filter_map(|line| line.trim().split_once(':')).map(|(name, _)| name).collect();
    assert!(logged.len() > 5, "{logged:?}");
    assert_eq!(read, logged);
}

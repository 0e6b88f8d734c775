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
        names
    };
    let asked = RefCell::new(BTreeSet::new());
    let answer = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        Some(match name {
            "ECR_SWEEP_POLICY" => "s3://bucket/policy.yaml".to_owned(),
            "ECR_SWEEP_DELETION" => "enabled".to_owned(),
            "ECR_SWEEP_APPROVAL" => "none".to_owned(),
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

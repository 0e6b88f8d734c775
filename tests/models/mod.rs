//! The sources whose calls are rows, against AWS's own models: every operation, member, path and
//! limit is there, and no service has an image that nobody names.

#[path = "../python.rs"]
mod python;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use ecr_sweep_aws::sources::{described_tables, regions_of_services};
use ecr_sweep_core::Source;
use serde_json::{Value, json};

/// What is asked for where the environment says `newest`; else the models that are pinned.
const NEWEST: &str = "botocore\n";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models")
}

fn read(path: PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("it is there")).expect("it is JSON")
}

fn is_set(variable: &str, value: &str) -> bool {
    std::env::var_os(variable).is_some_and(|it| it == value)
}

/// What the models say of the rows.
fn compared() -> Value {
    let newest = is_set("ECR_SWEEP_MODELS", "newest");
    let (name, requirements) = if newest {
        ("botocore-newest", NEWEST)
    } else {
        ("botocore", include_str!("requirements.txt"))
    };
    let asked = json!({
        "tables": described_tables().expect("rows are JSON"),
        "exceptions": read(folder().join("exceptions.json")),
        "regions": regions_of_services().collect::<BTreeMap<_, _>>(),
    });
    let mut process = python::environment(name, requirements)
        .arg(folder().join("models.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = process.stdin.take().expect("it reads");
    input.write_all(asked.to_string().as_bytes()).expect("it takes the rows");
    drop(input);
    let output = process.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the comparison ended with {}", output.status);
    serde_json::from_slice(&output.stdout).expect("it tells JSON")
}

#[test]
fn every_row_is_as_the_models_say_and_every_image_is_named() {
    let compared = compared();
    let problems = compared["problems"].as_array().expect("a list");
    let problems: Vec<&str> = problems.iter().filter_map(Value::as_str).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/aws-sim/src/table/operations.json");
    if is_set("UPDATE_MODELS", "1") {
        let mut operations = compared["operations"].clone();
        operations.sort_all_objects();
        let text = format!("{operations:#}\n");
        std::fs::write(path, text).expect("the file can be written");
    } else if !is_set("ECR_SWEEP_MODELS", "newest") {
        let hint = "`UPDATE_MODELS=1 cargo test -p ecr-sweep-tests models` writes it";
        assert!(read(path) == compared["operations"], "{hint}");
    }
}

#[test]
fn what_resource_explorer_is_asked_for_it_knows() {
    let known: BTreeSet<&str> =
        include_str!("resource-types.txt").lines().filter(|line| !line.starts_with('#')).collect();
    let mut asked = BTreeSet::new();
    for source in Source::ALL {
        for of_type in source.facts().resource_types {
            assert!(known.contains(of_type), "{source}: {of_type}");
            assert!(asked.insert(of_type), "{of_type} is of two sources");
        }
    }
    assert!(asked.len() > 20, "{asked:?}");
}

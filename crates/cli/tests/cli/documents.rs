//! The documents that programs read: word for word, and valid by their schemas.

use std::path::Path;

use serde_json::Value;

use crate::command::{ecr_sweep, ended, story};

/// The one JSON document on standard output.
fn document(folder: &Path, arguments: &[&str], code: i32) -> Value {
    let ended = ended(ecr_sweep(folder, arguments));
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

pub fn is_valid(document: &Value, schema: &str) {
    let ended = ended(ecr_sweep(Path::new("."), &["schema", schema]));
    let schema: Value = serde_json::from_str(&ended.stdout).unwrap();
    jsonschema::validate(&schema, document).unwrap();
}

#[test]
fn the_plan_of_a_small_organization() {
    let folder = story("small-organization");
    let plan = document(&folder, &["plan", "--snapshot", "org.json", "--format", "json"], 0);
    is_valid(&plan, "plan");
    insta::assert_json_snapshot!(plan);
}

#[test]
fn the_plan_of_blocked_repositories() {
    let folder = story("in-the-way");
    let plan = document(&folder, &["plan", "--snapshot", "org.json", "--format", "json"], 3);
    is_valid(&plan, "plan");
    insta::assert_json_snapshot!(plan);
}

#[test]
fn the_explanation_of_an_image_that_goes() {
    let folder = story("small-organization");
    let arguments = ["explain", "dev/app:v1", "--snapshot", "org.json", "--format", "json"];
    let explanation = document(&folder, &arguments, 0);
    is_valid(&explanation, "explanation");
    insta::assert_json_snapshot!(explanation);
}

#[test]
fn the_explanation_of_an_image_that_stays() {
    let folder = story("small-organization");
    let arguments = ["explain", "prod/web:2.0.0", "--snapshot", "org.json", "--format", "json"];
    let explanation = document(&folder, &arguments, 0);
    is_valid(&explanation, "explanation");
    insta::assert_json_snapshot!(explanation);
}

#[test]
fn the_inspection_of_what_an_earlier_cleaner_left() {
    let folder = story("broken");
    let arguments = ["inspect", "--snapshot", "org.json", "--format", "json"];
    let inspection = document(&folder, &arguments, 3);
    is_valid(&inspection, "inspection");
    insta::assert_json_snapshot!(inspection);
}

#[test]
fn what_was_not_seen_is_in_the_inspection() {
    let folder = story("broken");
    let arguments = ["inspect", "--snapshot", "partly-seen.json", "--format", "json"];
    let inspection = document(&folder, &arguments, 3);
    is_valid(&inspection, "inspection");
    assert_eq!(inspection["not_seen"][0]["source"], "lambda");
    assert!(inspection["findings"].as_array().unwrap().iter().all(|it| it["in_use"] == "unknown"));
}

#[test]
fn what_the_table_counts_is_what_the_document_says() {
    let folder = story("small-organization");
    let plan = document(&folder, &["plan", "--snapshot", "org.json", "--format", "json"], 0);
    let table = ended(ecr_sweep(&folder, &["plan", "--snapshot", "org.json"])).stdout;
    for plan in plan["plans"].as_array().unwrap() {
        let name = plan["repository"].as_str().unwrap();
        let line = table.lines().find(|line| line.starts_with(name)).unwrap();
        let numbers: Vec<&str> = line.split_whitespace().skip(1).take(3).collect();
        let summary = &plan["summary"];
        let said = ["images", "keep", "delete"].map(|field| summary[field].to_string());
        assert_eq!(numbers, said, "{line}");
    }
}

//! The documents that programs read: word for word, and valid by their schemas.

use std::collections::BTreeSet;
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

#[test]
fn what_a_policy_is_checked_against_says_what_would_be_in_the_way() {
    let folder = story("in-the-way");
    let arguments = ["check", "policy.yaml", "--snapshot", "org.json", "--format", "json"];
    let checked = document(&folder, &arguments, 0);
    is_valid(&checked, "checked-policy");
    assert_eq!(checked["looked_at"], "snapshot");
    let plan = document(&folder, &["plan", "--snapshot", "org.json", "--format", "json"], 3);
    let codes = |document: &Value, list: &str, inner: &str| -> BTreeSet<String> {
        let items = document[list].as_array().unwrap().iter();
        let items = items.flat_map(|it| match inner {
            "" => vec![it],
            inner => it[inner].as_array().unwrap().iter().collect(),
        });
        items.map(|it| it["code"].as_str().unwrap().to_owned()).collect()
    };
    let blocked = codes(&plan, "plans", "blocked");
    assert!(!blocked.is_empty());
    assert_eq!(codes(&checked, "in_the_way", ""), blocked);
    assert_eq!(checked["not_seen"], serde_json::json!([]));
    let arguments = ["check", "policy.yaml", "--snapshot", "denied.json", "--format", "json"];
    let denied = document(&folder, &arguments, 0);
    assert_eq!(denied["not_seen"][0]["source"], "batch");
    assert!(codes(&denied, "in_the_way", "").contains("incomplete-usage"), "{denied}");
}

#[test]
fn a_policy_alone_says_that_a_role_is_missing_whoever_calls() {
    let folder = tempfile::tempdir().unwrap();
    let text = "schema_version: 1\nscope: { consumers: organization }\nrepositories: [{ keep: { newest: 5 } }]\n";
    std::fs::write(folder.path().join("policy.yaml"), text).unwrap();
    let checked = document(folder.path(), &["check", "--format", "json"], 0);
    is_valid(&checked, "checked-policy");
    assert_eq!(checked["looked_at"], "nothing");
    assert_eq!(checked["in_the_way"][0]["code"], "no-role");
    assert!(checked["in_the_way"][0]["fix"].as_str().unwrap().contains("role: EcrSweepRead"));
    let told = ended(ecr_sweep(folder.path(), &["check"])).stdout;
    assert!(told.contains("In the way of a first run"), "{told}");
    let with_role = text.replace("organization }", "organization, role: EcrSweepRead }");
    std::fs::write(folder.path().join("policy.yaml"), with_role).unwrap();
    let checked = document(folder.path(), &["check", "--format", "json"], 0);
    assert_eq!(checked["in_the_way"], serde_json::json!([]));
}

#[test]
fn a_policy_that_is_written_is_in_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let org = story("small-organization").join("org.json");
    let org = org.to_str().unwrap();
    let arguments = ["init", "--snapshot", org, "-o", "first.yaml", "--format", "json"];
    let first = document(folder.path(), &arguments, 0);
    is_valid(&first, "written-policy");
    assert_eq!(first["written_to"], "first.yaml");
    let written = std::fs::read_to_string(folder.path().join("first.yaml")).unwrap();
    assert_eq!(first["policy"], written);
    let arguments = ["init", "--snapshot", org, "-o", "-", "--format", "json"];
    let printed = document(folder.path(), &arguments, 0);
    is_valid(&printed, "written-policy");
    assert!(printed.get("written_to").is_none(), "{printed}");
    let arguments = ["import", "--from", "ecrm", "ecrm.yaml", "--format", "json"];
    let imported = document(&story("arriving"), &arguments, 0);
    is_valid(&imported, "written-policy");
    assert!(imported.get("not_seen").is_none(), "nothing was looked at");
}

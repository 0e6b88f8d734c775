//! What the doctor calls that no run does is told to whoever deploys and to whoever reads, from one list.

use std::fmt::Write;

use ecr_sweep_steps::DoctorAsks;
use serde_json::{Value, json};

use super::{is_set, root, text};

const ACTIONS: &str = "infra/lib/permissions/doctor.json";
const PAGE: &str = "docs/doctor.md";

/// What is granted, by where it is asked.
fn actions() -> Value {
    let on = |asks: DoctorAsks| asks.actions().collect::<Vec<_>>();
    json!({
        "bucket": on(DoctorAsks::Bucket),
        "deployment": on(DoctorAsks::Deployment),
        "registries": on(DoctorAsks::Registries),
    })
}

fn table() -> String {
    let mut rows = "| action | in | for |\n|---|---|---|\n".to_owned();
    for asks in DoctorAsks::ALL {
        for it in asks.calls() {
            let actions: Vec<String> = it.actions.iter().map(|it| format!("`{it}`")).collect();
            writeln!(rows, "| {} | {} | {} |", actions.join(", "), asks.place(), it.purpose)
                .expect("text takes all");
        }
    }
    rows
}

fn statement(asks: DoctorAsks, resource: &str) -> Value {
    let actions: Vec<_> = asks.actions().collect();
    json!({ "Effect": "Allow", "Action": actions, "Resource": resource })
}

/// The statements in accounts of registries, and those at home besides.
fn statements() -> [String; 2] {
    let home = json!([
        statement(DoctorAsks::Bucket, "arn:aws:s3:::BUCKET"),
        statement(DoctorAsks::Deployment, "*"),
    ]);
    [statement(DoctorAsks::Registries, "*"), home].map(|it| format!("```json\n{it:#}\n```\n"))
}

/// The page with this in place of what is between the two, both ends included.
fn with(page: &str, begins: &str, ends: &str, part: &str, nth: usize) -> String {
    let (start, _) = page.match_indices(begins).nth(nth).expect("it begins");
    let end = start + page[start..].find(ends).expect("it ends") + ends.len();
    format!("{}{part}{}", &page[..start], &page[end..])
}

#[test]
fn what_the_doctor_calls_besides_is_what_is_granted_and_what_the_page_says() {
    let actions = format!("{:#}\n", actions());
    let page = text(PAGE);
    let mut expected = with(&page, "| action | in |", "|\n\n", &format!("{}\n", table()), 0);
    for (nth, statement) in statements().iter().enumerate() {
        expected = with(&expected, "```json\n", "\n```\n", statement, nth);
    }
    if is_set("UPDATE_PERMISSIONS") {
        std::fs::write(root().join(ACTIONS), actions).expect("the file can be written");
        std::fs::write(root().join(PAGE), expected).expect("the page can be written");
        return;
    }
    let hint = "`UPDATE_PERMISSIONS=1 cargo test -p ecr-sweep-tests homes` writes it";
    assert_eq!(text(ACTIONS), actions, "{hint}");
    assert_eq!(page, expected, "{hint}");
}

#[test]
fn the_doctor_calls_nothing_that_changes() {
    // It ends with the role's session, as which nothing is called.
    let assumes = ["sts:AssumeRole"];
    for action in DoctorAsks::ALL.into_iter().flat_map(DoctorAsks::actions) {
        let (_, operation) = action.split_once(':').expect("a service and an operation");
        let reads = ["Describe", "Get", "List", "Lookup", "Simulate"];
        let is_read = reads.iter().any(|it| operation.starts_with(it));
        assert!(is_read || assumes.contains(&action), "{action}");
    }
}

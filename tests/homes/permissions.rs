//! What the sources call is told to whoever deploys and to whoever reads, from the sources alone.

use std::collections::BTreeSet;
use std::fmt::Write;

use ecr_sweep_aws::sources::{Permission, PermittedCalls, Sources, UsageSource};
use ecr_sweep_core::Source;
use serde_json::{Value, json};

use super::{is_set, root, text};

const STATEMENTS: &str = "infra/lib/permissions/sources.json";
const PAGE: &str = "docs/permissions.md";

/// The rows of the page's table that come from the sources are between these.
const BETWEEN: (&str, &str) = ("| `ecr:BatchGetImage` |", "| `ecr:BatchDeleteImage` |");

fn statements(sources: &Sources) -> Value {
    let of_all = sources.iter().flat_map(|it| {
        it.permissions().iter().map(move |permission| {
            let actions: BTreeSet<&str> = permission.actions().collect();
            json!({
                "source": it.source(),
                "actions": actions,
                "resource": permission.resource.in_words("${Partition}", "${Account}"),
                "because": permission.because,
            })
        })
    });
    let mut statements: Value = of_all.collect();
    statements.sort_all_objects();
    statements
}

fn rows(sources: &Sources) -> String {
    let calls = sources.iter().flat_map(UsageSource::permissions).flat_map(|it| it.calls);
    let mut rows = String::new();
    for PermittedCalls { actions, purpose } in calls {
        let actions: Vec<String> = actions.iter().map(|it| format!("`{it}`")).collect();
        writeln!(rows, "| {} | {purpose} |", actions.join(", ")).expect("text takes all");
    }
    rows
}

/// The page up to the rows of the sources, these, and the rest.
fn parts(page: &str) -> (&str, &str, &str) {
    let start = page.find(BETWEEN.0).expect("the table has the row before");
    let start = start + page[start..].find('\n').expect("it has an end") + 1;
    let end = page.find(BETWEEN.1).expect("the table has the row behind");
    (&page[..start], &page[start..end], &page[end..])
}

#[test]
fn what_sources_call_is_what_is_granted_and_what_the_page_says() {
    let sources = Sources::built();
    let statements = format!("{:#}\n", statements(&sources));
    let page = text(PAGE);
    let (before, told, after) = parts(&page);
    let rows = rows(&sources);
    if is_set("UPDATE_PERMISSIONS") {
        std::fs::write(root().join(STATEMENTS), statements).expect("the file can be written");
        let page = format!("{before}{rows}{after}");
        std::fs::write(root().join(PAGE), page).expect("the page can be written");
        return;
    }
    let hint = "`UPDATE_PERMISSIONS=1 cargo test -p ecr-sweep-tests what_sources_call` writes it";
    assert_eq!(text(STATEMENTS), statements, "{hint}");
    assert_eq!(told, rows, "{hint}");
}

#[test]
fn every_source_calls_something_and_nothing_that_changes() {
    for source in Sources::built().iter() {
        let actions: Vec<&str> =
            source.permissions().iter().flat_map(Permission::actions).collect();
        assert!(!actions.is_empty(), "{source:?}");
        for action in actions {
            let (_, operation) = action.split_once(':').expect("a service and an operation");
            let reads = ["Describe", "Get", "List", "BatchGet", "Search"];
            assert!(reads.iter().any(|it| operation.starts_with(it)), "{action}");
        }
    }
}

/// The sources that a policy's text switches off.
fn off(policy: &str) -> BTreeSet<Source> {
    Source::ALL
        .into_iter()
        .filter(|source| policy.contains(&format!("source: {source},")))
        .collect()
}

#[test]
fn the_example_policies_switch_off_just_what_cannot_be_scanned() {
    let built = Sources::built();
    let unbuilt: BTreeSet<Source> =
        Source::ALL.into_iter().filter(|source| !built.is_built(*source)).collect();
    for path in ["examples/policy.yaml", "examples/organization/policy.yaml"] {
        assert_eq!(off(&text(path)), unbuilt, "{path}");
    }
    // moto does not answer all that is scanned.
    assert!(off(&text("crates/cli/tests/moto/policy.yaml")).is_superset(&unbuilt));
}

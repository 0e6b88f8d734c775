//! docs/policy.md holds what the reader does.

use super::*;
use crate::not_built;

const PAGE: &str = include_str!("../../../../docs/policy.md");

/// The YAML blocks of the page, each made a whole policy.
fn policies() -> Vec<String> {
    let blocks = PAGE.split("```yaml\n").skip(1);
    blocks
        .map(|rest| {
            let block = rest.split("```").next().unwrap();
            match block {
                _ if block.starts_with("schema_version") => block.to_owned(),
                _ if block.starts_with("- ") => {
                    format!("schema_version: 1\nrepositories:\n{block}")
                }
                _ if block.starts_with("keep:") => {
                    let rule = block.replace('\n', "\n    ");
                    with_rule(&rule)
                }
                _ => with_settings(block),
            }
        })
        .collect()
}

#[test]
fn every_example_on_the_page_is_a_good_policy() {
    let policies = policies();
    assert!(policies.len() >= 7);
    for text in policies {
        let file =
            read("docs/policy.md", &text, Use::Offline).unwrap_or_else(|e| panic!("{text}\n{e}"));
        assert_eq!(file.warnings, [], "{text}");
    }
}

#[test]
fn every_key_is_on_the_page() {
    for level in levels() {
        for key in level.keys {
            let ends = ["`", ":", ",", " }", "[]", "."];
            let starts = ["`", "{ ", ", ", "."];
            let is_there = starts
                .iter()
                .any(|start| ends.iter().any(|end| PAGE.contains(&format!("{start}{key}{end}"))));
            assert!(is_there, "{}.{key}", level.path);
        }
    }
}

#[test]
fn the_page_lists_what_is_not_built() {
    let section = PAGE.split("## Not built yet").nth(1);
    let lines = section.into_iter().flat_map(str::lines);
    let listed: Vec<&str> =
        lines.filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`')).collect();
    assert_eq!(listed, not_built::settings());
}

#[test]
fn the_examples_are_good_for_live_use() {
    for text in [
        include_str!("../../../../examples/policy.yaml"),
        include_str!("../../../../examples/minimal-policy.yaml"),
    ] {
        let file = read("example", text, Use::Live).unwrap();
        assert_eq!(file.warnings, []);
    }
}

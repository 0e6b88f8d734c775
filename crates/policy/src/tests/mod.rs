mod documentation;
mod errors;
mod good;
mod oddities;
mod rule;
mod schema;
mod vault;

use super::*;

/// The errors that a policy gets for live use, as lines.
fn errors(text: &str) -> Vec<String> {
    let errors = read("p.yaml", text, Use::Live).unwrap_err();
    errors.to_string().lines().map(str::to_owned).collect()
}

/// A good policy with one repository rule, of which these are the lines.
fn with_rule(rule: &str) -> String {
    format!("schema_version: 1\nrepositories:\n  - {rule}\n")
}

/// A good policy with one keep rule.
fn with_keep(keep: &str) -> String {
    with_rule(&format!("keep: {{ {keep} }}"))
}

/// A good policy with settings before its one repository rule.
fn with_settings(settings: &str) -> String {
    format!("schema_version: 1\n{settings}\nrepositories:\n  - keep: {{ newest: 1 }}\n")
}

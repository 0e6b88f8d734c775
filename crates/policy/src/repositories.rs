//! The rules for repositories.

use std::collections::BTreeMap;

use ecr_sweep_core::Pattern;
use ecr_sweep_core::policy::{Action, RepositoryMatch, RepositoryRule};

use super::field::Field;
use super::keep::keep;
use super::keys;
use super::limits::limits;
use super::problem::Complaint;
use super::reach;
use super::value::{AGE, PATTERN, TEXT, age, pattern, text, word};

const RULE: &str = "`match`, `keep`, `limits`, `grace`, `action` or `notify`";
const KEEP: &str = "at least one keep rule, such as `keep: { pushed_within: 90d }`";
const ACTION: &str = "`delete`, or `archive_for` with a duration";
const TAGS: &str = "tags of the repository, each with a pattern over its value";
pub(super) const RULES: &str =
    "at least one rule, such as `- { match: { name: [\"dev/*\"] }, keep: { pushed_within: 14d } }`";

pub(super) fn repositories(field: &Field<'_, '_>) -> Vec<RepositoryRule> {
    let mut rules: Vec<RepositoryRule> = Vec::new();
    for item in field.items(RULES) {
        let Some(rule) = rule(item.clone()) else { continue };
        if let Some(earlier) = reach::taken_by(&rule.matches, &rules) {
            item.warn(format!(
                "this rule decides over nothing: `repositories[{earlier}]` takes all that it matches",
            ));
        }
        rules.push(rule);
    }
    rules
}

fn rule(field: Field<'_, '_>) -> Option<RepositoryRule> {
    let fields = field.fields(&keys::RULE, RULE)?;
    let keep = fields.require("keep", KEEP).and_then(keep);
    let delete = word(&[("delete", Action::Delete)]);
    let action = fields.get("action").and_then(|field| {
        if field.is_mapping() { archive_for(field) } else { field.scalar(ACTION, delete) }
    });
    let matches = fields.get("match").and_then(repository_match);
    let limits = fields.get("limits").and_then(|field| limits(field, &keys::RULE_LIMITS));
    Some(RepositoryRule {
        matches: matches.unwrap_or_default(),
        keep: keep.unwrap_or_default(),
        limits: limits.unwrap_or_default(),
        grace: fields.scalar("grace", AGE, age),
        action: action.unwrap_or_default(),
        notify_slack: fields.get("notify").and_then(slack).unwrap_or_default(),
    })
}

fn repository_match(field: Field<'_, '_>) -> Option<RepositoryMatch> {
    let fields = field.fields(&keys::MATCH, "`name`, `tags` or both")?;
    let name = match fields.get("name") {
        Some(name) if name.is_scalar() => name.scalar(PATTERN, pattern).into_iter().collect(),
        _ => fields.list("name", PATTERN, pattern),
    };
    let tags = fields.get("tags").map(|field| tags(&field)).unwrap_or_default();
    Some(RepositoryMatch { name, tags })
}

fn tags(field: &Field<'_, '_>) -> BTreeMap<Box<str>, Pattern> {
    let entries = field.entries(TAGS);
    if entries.is_empty() && field.is_mapping() {
        field.refuse(Complaint::new("an empty mapping says nothing", TAGS));
    }
    let read =
        |(key, value): (&str, Field<'_, '_>)| Some((key.into(), value.scalar(PATTERN, pattern)?));
    entries.into_iter().filter_map(read).collect()
}

fn archive_for(field: Field<'_, '_>) -> Option<Action> {
    let fields = field.fields(&keys::ACTION, ACTION)?;
    let age = fields.require("archive_for", AGE)?.scalar(AGE, age)?;
    Some(Action::ArchiveFor(age))
}

fn slack(field: Field<'_, '_>) -> Option<Vec<Box<str>>> {
    let fields = field.fields(&keys::NOTIFY, "`slack`")?;
    fields.require("slack", "a list of channels, such as `[\"#payments\"]`");
    Some(fields.list("slack", TEXT, text))
}

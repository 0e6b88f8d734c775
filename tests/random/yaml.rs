//! A policy as a person would write it.

use std::collections::BTreeSet;
use std::fmt::Write;

use ecr_sweep_core::policy::{
    Action, Consumers, FieldSpec, Form, KEEP, Keep, Kind, Limits, Off, OnExceed, RegistryScope,
    RepositoryRule, Scope, Value, Values, Vault,
};
use ecr_sweep_core::{Account, Pattern, Policy, Region};

/// The policy file that says what a policy says. `long` chooses the long forms where a short one
/// would do.
#[must_use]
pub fn policy_text(policy: &Policy, long: bool) -> String {
    let mut text = String::from("schema_version: 1\n");
    let scope = &policy.scope;
    if *scope != Scope::default() {
        text.push_str("scope:\n");
    }
    let RegistryScope { accounts, regions, .. } = &scope.registries;
    for (name, of) in [
        ("registries", places_text(accounts, regions)),
        ("consumers", consumers_text(&scope.consumers)),
        ("role", scope.role.as_deref().map(str::to_owned)),
    ] {
        if let Some(value) = of {
            let _ = writeln!(text, "  {name}: {value}");
        }
    }
    if !policy.scope.off.is_empty() {
        text.push_str("  off:\n");
        for off in &policy.scope.off {
            let _ = writeln!(text, "    - {}", off_text(off));
        }
    }
    if !policy.usage.aliases.is_empty() {
        text.push_str("usage:\n  aliases:\n");
        for (alias, host) in &policy.usage.aliases {
            let _ = writeln!(text, "    {}: {}", quoted(alias), quoted(&host.to_string()));
        }
    }
    let _ = writeln!(text, "minimum_age: {}", policy.minimum_age);
    let _ = writeln!(text, "minimum_idle: {}", policy.minimum_idle);
    text.push_str("repositories:\n");
    for rule in &policy.repositories {
        let _ = writeln!(text, "  - {}", rule_text(rule, long));
    }
    if policy.limits != Limits::default() {
        let _ = writeln!(text, "limits: {}", limits_text(&policy.limits, long));
    }
    let vault = &policy.vault;
    if *vault != Vault::default() {
        let mut entries = vec![format!("storage_class: {}", vault.storage_class)];
        for (name, value) in [("bucket", &vault.bucket), ("prefix", &vault.prefix)] {
            entries.extend(value.as_deref().map(|value| format!("{name}: {}", quoted(value))));
        }
        let _ = writeln!(text, "vault: {}", mapping(&entries));
    }
    text
}

fn consumers_text(consumers: &Consumers) -> Option<String> {
    match consumers {
        it if *it == Consumers::ORGANIZATION => Some("organization".to_owned()),
        Consumers::Organization { accounts, regions } => {
            let places = places_text(accounts, regions).unwrap_or_default();
            Some(places.replacen("{ ", "{ organization: true, ", 1))
        }
        Consumers::Accounts { accounts, regions, .. } => places_text(accounts, regions),
    }
}

fn places_text(accounts: &BTreeSet<Account>, regions: &BTreeSet<Region>) -> Option<String> {
    let mut entries = Vec::new();
    if !accounts.is_empty() {
        let accounts = list(accounts.iter().map(|account| quoted(account.as_str())));
        entries.push(format!("accounts: {accounts}"));
    }
    if !regions.is_empty() {
        entries.push(format!("regions: {}", list(regions.iter().map(ToString::to_string))));
    }
    (!entries.is_empty()).then(|| mapping(&entries))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn mapping(entries: &[String]) -> String {
    format!("{{ {} }}", entries.join(", "))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn patterns(patterns: &[Pattern]) -> String {
    list(patterns.iter().map(|pattern| quoted(pattern.as_str())))
}

fn off_text(off: &Off) -> String {
    let mut entries = Vec::new();
    if let Some(source) = off.source {
        entries.push(format!("source: {source}"));
    }
    if !off.accounts.is_empty() {
        let accounts = list(off.accounts.iter().map(|account| quoted(&account.to_string())));
        entries.push(format!("accounts: {accounts}"));
    }
    if !off.regions.is_empty() {
        let regions = list(off.regions.iter().map(ToString::to_string));
        entries.push(format!("regions: {regions}"));
    }
    if !off.clusters.is_empty() {
        let clusters = list(off.clusters.iter().map(|cluster| quoted(cluster)));
        entries.push(format!("clusters: {clusters}"));
    }
    entries.push(format!("reason: {}", quoted(&off.reason)));
    if off.even_if_used {
        entries.push("even_if_used: true".to_owned());
    }
    mapping(&entries)
}

fn rule_text(rule: &RepositoryRule, long: bool) -> String {
    let mut entries = Vec::new();
    let mut matches = Vec::new();
    match rule.matches.name.as_slice() {
        [] => {}
        [name] if !long => matches.push(format!("name: {}", quoted(name.as_str()))),
        names => matches.push(format!("name: {}", patterns(names))),
    }
    if !rule.matches.tags.is_empty() {
        let tags = rule
            .matches
            .tags
            .iter()
            .map(|(key, value)| format!("{}: {}", quoted(key), quoted(value.as_str())));
        matches.push(format!("tags: {}", mapping(&tags.collect::<Vec<_>>())));
    }
    if !matches.is_empty() {
        entries.push(format!("match: {}", mapping(&matches)));
    }
    entries.push(format!("keep: {}", keep_text(&rule.keep, long)));
    if !rule.judge.is_empty() {
        entries.push(format!("judge: {}", list(rule.judge.iter().map(|it| quoted(it)))));
    }
    if rule.limits != Limits::default() {
        entries.push(format!("limits: {}", limits_text(&rule.limits, long)));
    }
    match rule.action {
        Action::ArchiveFor(age) => entries.push(format!("action: {{ archive_for: {age} }}")),
        Action::Delete if long => entries.push("action: delete".to_owned()),
        Action::Delete => {}
    }
    entries.extend(rule.undo_for.map(|age| format!("undo_for: {age}")));
    mapping(&entries)
}

fn limits_text(limits: &Limits, long: bool) -> String {
    let mut entries = Vec::new();
    if let Some(share) = limits.share {
        entries.push(format!("share: {share}"));
    }
    if let Some(images) = limits.images {
        entries.push(format!("images: {images}"));
    }
    match limits.on_exceed {
        OnExceed::OldestFirst => entries.push("on_exceed: oldest_first".to_owned()),
        OnExceed::Block if long => entries.push("on_exceed: block".to_owned()),
        OnExceed::Block => {}
    }
    mapping(&entries)
}

fn keep_text(keep: &Keep, long: bool) -> String {
    let clauses = keep.values();
    let mut clauses = clauses.iter().map(|values| fields_text(KEEP.fields, values, long));
    match keep.0.as_slice() {
        [_] if !long => clauses.collect(),
        _ => list(&mut clauses),
    }
}

fn fields_text(fields: &[FieldSpec], values: &Values, long: bool) -> String {
    let entries: Vec<String> = fields
        .iter()
        .filter_map(|field| {
            let text = value_text(&field.kind, values.find(field.name)?, long);
            let is_default = field.default() == Some(&*text);
            (long || !is_default).then(|| format!("{}: {text}", field.name))
        })
        .collect();
    mapping(&entries)
}

fn value_text(kind: &Kind, value: &Value, long: bool) -> String {
    match (kind, value) {
        (Kind::Form(form), Value::Form(values)) => {
            short_text(form, values, long).unwrap_or_else(|| fields_text(form.fields, values, long))
        }
        (Kind::List(item), Value::List(values)) => {
            list(values.iter().map(|value| value_text(item, value, long)))
        }
        (_, Value::Age(age)) => age.to_string(),
        (_, Value::Count(count)) => count.to_string(),
        (_, Value::Word(word)) => (*word).to_owned(),
        (_, Value::Text(text)) => quoted(text),
        (_, Value::Pattern(pattern)) => quoted(pattern.as_str()),
        (_, Value::Yes) => "true".to_owned(),
        _ => panic!("no keep rule says {value:?} yet: say here how it is written"),
    }
}

/// The short form, where it is the only one, or where it says the same and may be chosen.
fn short_text(form: &Form, values: &Values, long: bool) -> Option<String> {
    let short = form.short?;
    let text = value_text(&short.kind, values.find(short.name)?, long);
    let says_all = form.fields.iter().all(|field| {
        field.name == short.name
            || values
                .find(field.name)
                .is_none_or(|value| field.default() == Some(&*value_text(&field.kind, value, long)))
    });
    let is_only = form.field(short.name).is_none();
    (is_only || says_all && !long).then_some(text)
}

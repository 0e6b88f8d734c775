//! A policy as a person would write it.

use std::collections::BTreeSet;
use std::fmt::Write;

use ecr_sweep_core::policy::{
    Consumers, Keep, Limits, Newest, OfImages, Off, OnExceed, Per, PushedWithin, RegistryScope,
    ReleaseLine, RepositoryRule, Scope,
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
    let RegistryScope { accounts, regions } = &scope.registries;
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
    text
}

fn consumers_text(consumers: &Consumers) -> Option<String> {
    match consumers {
        Consumers::Organization => Some("organization".to_owned()),
        Consumers::Accounts { accounts, regions } => places_text(accounts, regions),
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
    if rule.limits != Limits::default() {
        entries.push(format!("limits: {}", limits_text(&rule.limits, long)));
    }
    if long {
        entries.push("action: delete".to_owned());
    }
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
    let mut entries = Vec::new();
    match &keep.pushed_within {
        Some(PushedWithin::Age(age)) => entries.push(format!("pushed_within: {age}")),
        Some(PushedWithin::RepositoryTag { tag, default }) => {
            entries.push(format!("pushed_within: {{ tag: {}, default: {default} }}", quoted(tag)));
        }
        None => {}
    }
    if let Some(age) = keep.pulled_within {
        entries.push(format!("pulled_within: {age}"));
    }
    if let Some(newest) = &keep.newest {
        entries.push(format!("newest: {}", newest_text(newest, long)));
    }
    if let Some(spare) = &keep.spare {
        entries.push(format!("spare: {}", newest_text(spare, long)));
    }
    if !keep.tags.is_empty() {
        entries.push(format!("tags: {}", patterns(&keep.tags)));
    }
    if keep.tagged {
        entries.push("tagged: true".to_owned());
    }
    if let Some(releases) = &keep.releases {
        let per = match releases.per {
            ReleaseLine::Major => ", per: major",
            ReleaseLine::Minor => ", per: minor",
            ReleaseLine::All => ", per: all",
        };
        entries.push(format!("releases: {{ newest: {}{per} }}", releases.newest));
    }
    if let Some(behind) = &keep.behind_tags {
        let mut parts = vec![format!("tags: {}", patterns(&behind.tags))];
        if let Some(within) = behind.within {
            parts.push(format!("within: {within}"));
        }
        if behind.newest > 0 || long {
            parts.push(format!("newest: {}", behind.newest));
        }
        entries.push(format!("behind_tags: {}", mapping(&parts)));
    }
    if let Some(behind) = &keep.behind_deployed {
        entries.push(format!("behind_deployed: {{ revisions: {} }}", behind.revisions));
    }
    mapping(&entries)
}

fn newest_text(newest: &Newest, long: bool) -> String {
    if !long && *newest == Newest::tagged(newest.count) {
        return newest.count.to_string();
    }
    let mut entries = vec![format!("count: {}", newest.count)];
    match newest.of {
        OfImages::Tagged if long => entries.push("of: tagged".to_owned()),
        OfImages::Tagged => {}
        OfImages::Untagged => entries.push("of: untagged".to_owned()),
        OfImages::Any => entries.push("of: any".to_owned()),
    }
    match newest.per {
        Per::Repository if long => entries.push("per: repository".to_owned()),
        Per::Repository => {}
        Per::Kind => entries.push("per: kind".to_owned()),
    }
    mapping(&entries)
}

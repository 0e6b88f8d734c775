//! The policy that the values of a file say.

use std::collections::BTreeMap;

use ecr_sweep_core::policy::{
    Action, Brake, Consumers, Keep, Limits, Notify, Off, Price, Prices, RegistryScope,
    RepositoryMatch, RepositoryRule, Scope, UsageFiles, UsageSettings, Values, Vault,
};
use ecr_sweep_core::{Age, Policy, Region};

/// The policy of a whole file. None where a part of it cannot be understood; what may be missing
/// has its default.
pub(super) fn policy(values: &Values) -> Option<Policy> {
    let defaults = Policy::default();
    let age = |name, default: Age| values.get(name).unwrap_or(default);
    let form = |name| values.get::<Values>(name).unwrap_or_default();
    Some(Policy {
        scope: scope(&form("scope"))?,
        usage: usage(&form("usage"))?,
        minimum_age: age("minimum_age", defaults.minimum_age),
        minimum_idle: age("minimum_idle", defaults.minimum_idle),
        repositories: forms(values, "repositories").iter().map(rule).collect::<Option<_>>()?,
        limits: limits(&form("limits")),
        brake: brake(&form("limits")),
        plan_max_age: age("plan_max_age", defaults.plan_max_age),
        evidence_max_age: age("evidence_max_age", defaults.evidence_max_age),
        vault: vault(&form("vault")),
        prices: prices(&form("prices")),
        notify: notify(&form("notify")),
        sizes: values.word("sizes"),
    })
}

fn forms(values: &Values, name: &str) -> Vec<Values> {
    values.list(name)
}

fn scope(values: &Values) -> Option<Scope> {
    let registries = values.get::<Values>("registries").unwrap_or_default();
    let consumers = values.get::<Values>("consumers").unwrap_or_default();
    let off = |off: &Values| {
        Some(Off {
            source: off.get("source"),
            accounts: off.list("accounts"),
            regions: off.list("regions"),
            clusters: off.list("clusters"),
            reason: off.get("reason")?,
            even_if_used: off.is_set("even_if_used"),
        })
    };
    Some(Scope {
        registries: RegistryScope {
            organization: registries.is_set("organization"),
            units: registries.list("units"),
            accounts: registries.list("accounts"),
            except: registries.list("except"),
            regions: registries.list("regions"),
        },
        consumers: self::consumers(&consumers),
        role: values.get("role"),
        off: forms(values, "off").iter().map(off).collect::<Option<_>>()?,
    })
}

fn consumers(values: &Values) -> Consumers {
    let (accounts, regions) = (values.list("accounts"), values.list("regions"));
    if values.is_set("organization") || values.find("everybody").is_some() {
        Consumers::Organization { accounts, regions }
    } else {
        Consumers::Accounts { accounts, units: values.list("units"), regions }
    }
}

fn usage(values: &Values) -> Option<UsageSettings> {
    let revisions = values.get::<Values>("ecs").and_then(|it| it.get("task_definition_revisions"));
    let files = |files: &Values| {
        Some(UsageFiles {
            path: files.get("path")?,
            max_age: files.get("max_age")?,
            retired: files.list("retired"),
        })
    };
    Some(UsageSettings {
        // The reader has refused a larger number.
        task_definition_revisions: revisions.and_then(|count: u64| u32::try_from(count).ok()),
        files: forms(values, "files").iter().map(files).collect::<Option<_>>()?,
        aliases: values.map("aliases"),
    })
}

fn rule(values: &Values) -> Option<RepositoryRule> {
    let form = |name| values.get::<Values>(name).unwrap_or_default();
    let matches = form("match");
    Some(RepositoryRule {
        matches: RepositoryMatch { name: matches.list("name"), tags: matches.map("tags") },
        keep: Keep::of(&forms(values, "keep"))?,
        judge: values.list("judge"),
        limits: limits(&form("limits")),
        grace: values.get("grace"),
        action: form("action").get("archive_for").map_or(Action::Delete, Action::ArchiveFor),
        undo_for: values.get("undo_for"),
        notify_slack: form("notify").list("slack"),
    })
}

fn brake(values: &Values) -> Brake {
    Brake { failures: values.get("failures"), asked_again: values.is_set("asked_again") }
}

fn vault(values: &Values) -> Vault {
    Vault {
        storage_class: values.word("storage_class"),
        bucket: values.get("bucket"),
        prefix: values.get("prefix"),
    }
}

fn prices(values: &Values) -> Prices {
    let mut regions = BTreeMap::new();
    for row in forms(values, "regions") {
        if let Some(price) = row.get::<Price>("ecr") {
            for region in row.list::<Region, Vec<_>>("regions") {
                // The first row that names a Region is its own, as with rules.
                regions.entry(region).or_insert(price);
            }
        }
    }
    Prices { ecr: values.get("ecr"), regions, vault: values.get("vault"), given: Vec::new() }
}

fn notify(values: &Values) -> Notify {
    Notify { owner_tag: values.get("owner_tag"), owners: values.map("owners") }
}

fn limits(values: &Values) -> Limits {
    Limits {
        share: values.get("share"),
        images: values.get("images"),
        on_exceed: values.word("on_exceed"),
    }
}

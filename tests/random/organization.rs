//! Random organizations.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{
    Admitted, CacheRule, CacheRules, Place, Registry, Repository, Unread, UnreadPart, UseHistory,
};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::Workloads;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use super::coverage::coverage;
use super::images::images;
use super::pools::{ACCOUNTS, REPOSITORIES, account, instant, now, place, registry_place};
use super::usage::usage;

/// A small organization: one to three registries, up to three repositories in each.
pub fn organization() -> impl Strategy<Value = Snapshot> {
    let registries = vec(registry(), 1..=3).prop_map(|registries| {
        let mut places = BTreeSet::new();
        registries.into_iter().filter(|registry| places.insert(registry.place())).collect()
    });
    (registries, cache_rules(), vec(usage(), 0..14), coverage(), registry_place()).prop_map(
        |(registries, cache_rules, usage, coverage, home): (Vec<Registry>, _, _, _, _)| Snapshot {
            schema_version: 1,
            taken_at: now(),
            home,
            usage: usage.into_iter().map(|draft| draft.finish(&registries)).collect(),
            registries,
            cache_rules,
            coverage,
            workloads: Workloads::default(),
        },
    )
}

/// What caches cache: mostly nothing.
fn cache_rules() -> impl Strategy<Value = Vec<CacheRules>> {
    let unread = weighted(0.1, Just("denied".into()));
    let cache = (registry_place(), vec(cache_rule(registry_place()), 0..3), unread).prop_map(
        |(Place { account, region }, rules, unread)| CacheRules { account, region, rules, unread },
    );
    let caches = prop_oneof![2 => Just(Vec::new()), 1 => vec(cache, 1..3)];
    caches.prop_map(|caches| {
        let mut places = BTreeSet::new();
        caches.into_iter().filter(|cache| places.insert(cache.place())).collect()
    })
}

/// A rule whose upstream is one of these.
pub(super) fn cache_rule(
    upstream: impl Strategy<Value = Place>,
) -> impl Strategy<Value = CacheRule> {
    let prefix = || select(vec!["ROOT", "team", "prod"]);
    (prefix(), upstream, prefix()).prop_map(|(prefix, upstream, upstream_prefix)| CacheRule {
        prefix: prefix.into(),
        upstream,
        upstream_prefix: upstream_prefix.into(),
    })
}

fn registry() -> impl Strategy<Value = Registry> {
    let replicates = prop_oneof![
        3 => Just(Vec::new()),
        1 => vec(prop_oneof![9 => registry_place(), 1 => place()], 1..3),
    ];
    (registry_place(), replicates, unread(), vec(repository(), 1..=3)).prop_map(
        |(place, deletes_replicate_to, unread, repositories): (Place, _, _, Vec<Repository>)| {
            let mut names = BTreeSet::new();
            Registry {
                account: place.account,
                region: place.region,
                deletes_replicate_to,
                unread,
                repositories: repositories
                    .into_iter()
                    .filter(|repository| names.insert(repository.name.clone()))
                    .collect(),
            }
        },
    )
}

/// What could not be read of a registry: mostly nothing.
pub(super) fn unread() -> impl Strategy<Value = Option<Unread>> {
    let what = select(&UnreadPart::ALL[..]);
    weighted(0.02, what).prop_map(|what| Some(Unread { what: what?, reason: "denied".into() }))
}

pub(super) fn repository() -> impl Strategy<Value = Repository> {
    (select(&REPOSITORIES[..]), tags(), allows(), use_history(), images()).prop_map(
        |(name, tags, allows, use_history, images)| Repository {
            name: name.into(),
            tags,
            allows,
            use_history,
            images,
        },
    )
}

/// How far the use of images is known: always, or so far; and whether runs have looked of late.
fn use_history() -> impl Strategy<Value = Option<UseHistory>> {
    let looked_at = prop_oneof![2 => Just(now()), 1 => instant()];
    let history =
        (instant(), looked_at).prop_map(|(since, looked_at)| UseHistory { since, looked_at });
    weighted(0.1, history)
}

fn tags() -> impl Strategy<Value = BTreeMap<Box<str>, Box<str>>> {
    let cleanup = select(vec![None, Some("true"), Some("false")]);
    let days = prop_oneof![
        3 => Just(None),
        2 => select(vec!["0", "7", "30", "90", "007", "400000"]).prop_map(Some),
        1 => select(vec!["", "soon", "-1", "1.5", "30d", "+5", " 14"]).prop_map(Some),
    ];
    (cleanup, days).prop_map(|(cleanup, days)| {
        [("cleanup", cleanup), ("KeepDays", days)]
            .into_iter()
            .filter_map(|(key, value)| Some((key.into(), value?.into())))
            .collect()
    })
}

fn allows() -> impl Strategy<Value = Vec<Admitted>> {
    let admitted = prop_oneof![
        6 => account().prop_map(Admitted::Account),
        2 => Just(Admitted::Account(ACCOUNTS[3].parse().unwrap())),
        1 => Just(Admitted::Organization),
        1 => Just(Admitted::Public),
    ];
    prop_oneof![4 => Just(Vec::new()), 1 => vec(admitted, 1..3)]
}

//! Random organizations that run: workloads in the shapes of the APIs, and beside them exactly the
//! usage that a scan of them is to find.

mod daemons;
mod ecs;
mod lambda;
mod others;
mod registries;

use std::collections::BTreeSet;

use ecr_sweep_core::policy::{Consumers, Off, RegistryScope};
use ecr_sweep_core::{
    Coverage, CoverageDefault, CoverageRow, CoverageStatus, Place, Policy, Source, Usage,
};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::{Resource, Workloads};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::Value;

use super::policies::policy;
use super::pools::{ACCOUNTS, REGIONS, now};

/// An organization that can be scanned, with a policy that says so.
#[derive(Debug, Clone)]
pub struct Running {
    /// The registries, the workloads, and the usage that a scan of it finds.
    pub snapshot: Snapshot,
    /// The usage that is there, and that no scan finds: it is not looked at, or denied.
    pub hidden: Vec<Usage>,
    /// The policy.
    pub policy: Policy,
    /// A source of which every read is denied in one account and Region.
    pub denied: Option<(Source, Place)>,
}

/// The usage of services that have no workloads in a snapshot: which kinds of it there are, and what
/// a scan finds of a row. None: no resource of its kind can name such an image.
#[derive(Debug, Clone, Copy)]
pub struct Others {
    /// The kinds.
    pub kinds: &'static [&'static str],
    /// What a scan finds.
    pub found: fn(&Usage) -> Option<Usage>,
}

/// One account with registries and workloads in two Regions, and another one in the first.
pub fn running_organization(others: Others) -> impl Strategy<Value = Running> {
    let denied = (select(&Source::ALL[..]), 0usize..PLACES);
    let denied = prop_oneof![
        1 => weighted(0.1, denied),
        1 => weighted(0.1, (select(vec![Source::Ecs, Source::Lambda]), 0usize..PLACES)),
    ];
    let runs = (ecs::drafts(), vec(daemons::draft(), 0..3), vec(lambda::draft(), 0..3));
    let others_drafts = vec(others::draft(others.kinds), 0..8);
    let rest = (live_policy(), denied);
    let registries = (registries::registries(), registries::cache_rules());
    (registries, runs, others_drafts, rest).prop_map(
        move |((registries, cache_rules), (ecs, daemons, functions), drafts, (policy, denied))| {
            let cache_rules = registries::in_places(cache_rules, &registries);
            let is_off = |source| policy.scope.off.iter().any(|off| off.source == Some(source));
            let denied = denied
                .map(|(source, at)| (source, place_at(at)))
                .filter(|(source, _)| *source != Source::Files && !is_off(*source));
            let mut found = Found::default();
            found.workloads.regions = vec![place_at(0).region, place_at(1).region];
            ecs.finish(&registries, &mut found);
            for (number, daemon) in daemons.into_iter().enumerate() {
                daemon.finish(number, &registries, &mut found);
            }
            for (number, function) in functions.iter().enumerate() {
                function.finish(number, &registries, &mut found);
            }
            for (number, draft) in drafts.into_iter().enumerate() {
                found.usage.extend((others.found)(&draft.finish(number, &registries)));
            }
            let is_seen = |row: &Usage| {
                let source = row.kind.source();
                !is_off(source) && denied != Some((source, row.place()))
            };
            let (usage, hidden) = found.usage.into_iter().partition(is_seen);
            let coverage = coverage(denied.as_ref());
            let snapshot = Snapshot {
                schema_version: 1,
                taken_at: now(),
                home: place_at(0),
                registries,
                cache_rules,
                usage,
                coverage,
                workloads: found.workloads,
            };
            Running { snapshot, hidden, policy, denied }
        },
    )
}

/// How many places have something.
const PLACES: usize = 3;

/// The first account in two Regions, of which the first is home; then the second account.
fn place_at(at: usize) -> Place {
    let (account, region) = [(0, 0), (0, 1), (1, 0)][at];
    Place { account: ACCOUNTS[account].parse().unwrap(), region: REGIONS[region].parse().unwrap() }
}

/// Every place is looked at, whether there is anything in it or not.
fn coverage(denied: Option<&(Source, Place)>) -> Coverage {
    let row = |at: usize, source: Source| {
        let place = place_at(at);
        let is_denied = denied == Some(&(source, place.clone()));
        CoverageRow {
            account: place.account,
            region: place.region,
            cluster: None,
            source,
            status: if is_denied { CoverageStatus::Failed } else { CoverageStatus::Complete },
            reason: None,
            probed: None,
            remedies: Vec::new(),
        }
    };
    let rows = (0..PLACES).flat_map(|at| Source::ALL.map(|source| row(at, source)));
    Coverage { default: CoverageDefault::Complete, except: rows.collect() }
}

/// Few sources are off, and in the policy a registry has to be named. Who may pull is the second
/// account besides the first, or all of the organization: the same here.
fn live_policy() -> impl Strategy<Value = Policy> {
    let other = Consumers::Accounts {
        accounts: [ACCOUNTS[1].parse().unwrap()].into(),
        units: BTreeSet::new(),
        regions: BTreeSet::new(),
    };
    let off = prop_oneof![
        3 => Just(Vec::new()),
        1 => subsequence(Source::ALL.to_vec(), 0..8),
    ];
    let consumers = select(vec![Consumers::ORGANIZATION, other]);
    (policy(), consumers, off).prop_map(|(mut policy, consumers, sources)| {
        let off = |source| Off {
            source: Some(source),
            accounts: Vec::new(),
            regions: BTreeSet::new(),
            clusters: BTreeSet::new(),
            reason: "nothing there uses images".into(),
            even_if_used: true,
        };
        policy.scope.off = sources.into_iter().map(off).collect();
        let places: Vec<Place> = (0..PLACES).map(place_at).collect();
        policy.scope.registries = RegistryScope {
            accounts: places.iter().map(|place| place.account.clone()).collect(),
            regions: places.into_iter().map(|place| place.region).collect(),
            ..RegistryScope::default()
        };
        policy.scope.consumers = consumers;
        policy.scope.role = Some("EcrSweepRead".into());
        policy
    })
}

/// What runs, and what a scan of it is to find.
#[derive(Debug, Default)]
struct Found {
    workloads: Workloads,
    usage: Vec<Usage>,
}

fn resource(value: Value) -> Resource {
    let Value::Object(members) = value else { unreachable!("resources are objects") };
    members
}

fn arn(service: &str, at: usize, rest: &str) -> String {
    let Place { account, region } = place_at(at);
    format!("arn:aws:{service}:{region}:{account}:{rest}")
}

/// A row that nothing more is known of.
fn plain_row(kind: &str, arn: &str, at: usize, reference: &str) -> Usage {
    let Place { account, region } = place_at(at);
    Usage {
        reference: reference.into(),
        kind: kind.parse().unwrap(),
        arn: arn.into(),
        account,
        region,
        cluster: None,
        task_definition: None,
        resolved: None,
        deployed_at: None,
        seen_at: None,
    }
}

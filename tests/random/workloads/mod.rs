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
    Admitted, Coverage, CoverageDefault, CoverageRow, CoverageStatus, Place, Policy, Probed,
    Source, Usage,
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
    /// The sources of which every read is denied in an account and Region: one, or all of an account.
    pub denied: Vec<(Source, Place)>,
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
    let one = |(source, at): (Source, usize)| vec![(source, place_at(at))];
    let of_account = Source::ALL.map(|source| (source, place_at(PLACES - 1))).to_vec();
    let denied = prop_oneof![
        27 => Just(Vec::new()),
        1 => (select(&Source::ALL[..]), 0usize..PLACES).prop_map(one),
        1 => (select(vec![Source::Ecs, Source::Lambda]), 0usize..PLACES).prop_map(one),
        1 => Just(of_account),
    ];
    let runs = (ecs::drafts(), vec(daemons::draft(), 0..3), vec(lambda::draft(), 0..3));
    let others_drafts = vec(others::draft(others.kinds), 0..8);
    let rest = (live_policy(), denied);
    let registries = (registries::registries(), registries::cache_rules());
    (registries, runs, others_drafts, rest).prop_map(
        move |((registries, cache_rules), (ecs, daemons, functions), drafts, (policy, denied))| {
            let cache_rules = registries::in_places(cache_rules, &registries);
            let mut denied = denied;
            denied.retain(|(source, place)| {
                *source != Source::Files && !is_off(&policy, *source, place)
            });
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
            let coverage = coverage(&denied, &policy, &found);
            let is_seen = |row: &Usage| {
                let (source, place) = (row.kind.source(), row.place());
                !is_off(&policy, source, &place) && !denied.contains(&(source, place))
            };
            let (usage, hidden) = found.usage.into_iter().partition(is_seen);
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

/// Whether a source is not looked at in a place. Who hands in a file is read wherever it speaks of.
fn is_off(policy: &Policy, source: Source, place: &Place) -> bool {
    let names_it = |off: &Off| off.source == Some(Source::Files);
    match source {
        Source::Files => policy.scope.off.iter().any(names_it),
        _ => policy.scope.off_reason(&place.clone().into(), source).is_some(),
    }
}

/// Every place is looked at, whether there is anything in it or not. What is there speaks against its being
/// off, unless it is off even if it is used, or its account is off as a whole: nobody enters that.
fn coverage(denied: &[(Source, Place)], policy: &Policy, found: &Found) -> Coverage {
    let row = |at: usize, source: Source| {
        let place = place_at(at);
        let is_refused = source != Source::Files
            && !policy.scope.is_off(&place.account)
            && is_off(policy, source, &place)
            && !policy.scope.is_off_even_if_used(&place.clone().into(), source)
            && found.has(source, &place);
        let is_denied = denied.contains(&(source, place.clone()));
        let is_whole = !is_denied && !is_refused;
        CoverageRow {
            account: place.account,
            region: place.region,
            cluster: None,
            source,
            status: if is_whole { CoverageStatus::Complete } else { CoverageStatus::Failed },
            reason: None,
            probed: is_refused.then_some(Probed::Used),
            remedies: Vec::new(),
        }
    };
    let rows = (0..PLACES).flat_map(|at| Source::ALL.map(|source| row(at, source)));
    Coverage { default: CoverageDefault::Complete, except: rows.collect() }
}

/// Few sources are off, or one or all in the second account, and in the policy a registry has to be named. Who may
/// pull is the second account besides the first, or all of the organization: the same here.
fn live_policy() -> impl Strategy<Value = Policy> {
    let other = Consumers::Accounts {
        accounts: [ACCOUNTS[1].parse().unwrap()].into(),
        units: BTreeSet::new(),
        regions: BTreeSet::new(),
    };
    let source = prop_oneof![
        6 => Just(Vec::new()),
        1 => subsequence(Source::ALL.to_vec(), 0..8),
        1 => subsequence(Source::ALL.to_vec(), 0..3),
    ];
    let in_account = (proptest::option::of(select(&Source::ALL[..])), any::<bool>());
    let off = (source, proptest::bool::weighted(0.7), weighted(0.08, in_account));
    let consumers = select(vec![Consumers::ORGANIZATION, other]);
    (policy(), consumers, off).prop_map(|(mut policy, consumers, off)| {
        let (sources, even_if_used, account) = off;
        let of_source = |source| Off {
            source: Some(source),
            accounts: Vec::new(),
            regions: BTreeSet::new(),
            clusters: BTreeSet::new(),
            reason: "nothing there uses images".into(),
            even_if_used,
        };
        policy.scope.off = sources.into_iter().map(of_source).collect();
        policy.scope.off.extend(account.map(|(source, even_if_used)| Off {
            source,
            accounts: vec![Admitted::Account(ACCOUNTS[1].parse().unwrap())],
            regions: BTreeSet::new(),
            clusters: BTreeSet::new(),
            reason: "nothing runs there".into(),
            even_if_used,
        }));
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

impl Found {
    /// Whether a first look at a source finds anything in a place.
    fn has(&self, source: Source, place: &Place) -> bool {
        let runs = self.workloads.of(source).iter().any(|it| it.place() == place && !it.is_empty());
        let is_used = |row: &Usage| row.kind.source() == source && row.place() == *place;
        runs || self.usage.iter().any(is_used)
    }
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

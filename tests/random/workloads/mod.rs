//! Random organizations that run: workloads in the shapes of the APIs, and beside them exactly the
//! usage that a scan of them is to find.

mod ecs;
mod lambda;
mod registries;

use std::collections::BTreeSet;

use ecr_sweep_core::policy::Off;
use ecr_sweep_core::{
    Coverage, CoverageDefault, CoverageRow, CoverageStatus, Place, Policy, Region, Source, Usage,
};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::{Resource, Workloads};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::policies::policy;
use super::pools::{ACCOUNTS, REGIONS, now};

/// An organization that can be scanned, with a policy that says so.
#[derive(Debug, Clone)]
pub struct Running {
    /// The registries, the workloads, and the usage that they are.
    pub snapshot: Snapshot,
    /// The policy.
    pub policy: Policy,
    /// A source of which every read is denied in one Region.
    pub denied: Option<(Source, Region)>,
}

/// One account with registries and workloads in two Regions.
pub fn running_organization() -> impl Strategy<Value = Running> {
    let denied = (select(vec![Source::Ecs, Source::Lambda]), 0usize..2);
    let denied = weighted(0.1, denied);
    (registries::registries(), ecs::drafts(), vec(lambda::draft(), 0..3), live_policy(), denied)
        .prop_map(|(registries, ecs, functions, policy, denied)| {
            let denied = denied.map(|(source, at)| (source, home(at).region));
            let mut found = Found::default();
            found.workloads.regions = vec![home(0).region, home(1).region];
            ecs.finish(&registries, &mut found);
            for (number, function) in functions.iter().enumerate() {
                function.finish(number, &registries, &mut found);
            }
            found.usage.retain(|row| {
                denied.as_ref().is_none_or(|(source, region)| {
                    row.source.source() != *source || row.region != *region
                })
            });
            let except = denied.iter().map(|(source, region)| CoverageRow {
                account: home(0).account,
                region: region.clone(),
                source: *source,
                status: CoverageStatus::Failed,
                reason: None,
            });
            let coverage =
                Coverage { default: CoverageDefault::Complete, except: except.collect() };
            let snapshot = Snapshot {
                schema_version: 1,
                taken_at: now(),
                home: home(0),
                registries,
                usage: found.usage,
                coverage,
                workloads: found.workloads,
            };
            Running { snapshot, policy, denied }
        })
}

/// The first account, in the first or the second Region.
fn home(at: usize) -> Place {
    Place { account: ACCOUNTS[0].parse().unwrap(), region: REGIONS[at].parse().unwrap() }
}

/// What no live scan looks at is off, and in the policy a registry has to be named.
fn live_policy() -> impl Strategy<Value = Policy> {
    policy().prop_map(|mut policy| {
        let off = |source| Off {
            source: Some(source),
            accounts: Vec::new(),
            regions: BTreeSet::new(),
            clusters: BTreeSet::new(),
            reason: "nothing there uses images".into(),
        };
        let built = [Source::Ecs, Source::Lambda];
        let sources = Source::ALL.into_iter().filter(|source| !built.contains(source));
        policy.scope.off = sources.map(off).collect();
        policy.scope.registries.regions = [home(0).region, home(1).region].into();
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

fn arn(service: &str, region: usize, rest: &str) -> String {
    format!("arn:aws:{service}:{}:{}:{rest}", REGIONS[region], ACCOUNTS[0])
}

/// A row that nothing more is known of.
fn plain_row(kind: &str, arn: &str, region: usize, reference: &str) -> Usage {
    let Place { account, region } = home(region);
    Usage {
        reference: reference.into(),
        source: kind.parse().unwrap(),
        arn: arn.into(),
        account,
        region,
        task_definition: None,
        resolved: None,
        deployed_at: None,
        seen_at: None,
    }
}

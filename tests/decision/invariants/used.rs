//! What `used_within` keeps: a longer age keeps no less, and neither does a later plan of a run.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::{Clause, UsedWithin};
use ecr_sweep_core::{Age, Digest, Policy, Repository, RepositoryPlan, UseHistory};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_tests::random::{organization, policy, policy_without_limits};
use jiff::{SignedDuration, Timestamp};
use proptest::option::weighted;
use proptest::prelude::*;

use super::super::{as_the_model_says, cases, plan};
use super::CASES;
use super::more::no_more;

proptest! {
    #![proptest_config(cases(CASES))]

    /// Invariant 11.
    #[test]
    fn a_longer_used_within_keeps_at_least_as_much(
        snapshot in remembering(),
        policy in policy_without_limits(),
        days in 0u32..60,
        more in 1u32..60,
    ) {
        let (shorter, longer) = (within(&policy, days), within(&policy, days + more));
        no_more((&snapshot, &shorter), (&snapshot, &longer))?;
    }

    /// Invariant 11.
    #[test]
    fn the_longer_ago_a_run_looked_the_more_is_kept(
        snapshot in remembering(),
        policy in policy_without_limits(),
        hours in 0i64..1_500,
    ) {
        let mut earlier = snapshot.clone();
        for history in earlier.registries.iter_mut().flat_map(|it| &mut it.repositories) {
            if let Some(history) = &mut history.use_history {
                history.looked_at -= SignedDuration::from_hours(hours);
            }
        }
        no_more((&snapshot, &policy), (&earlier, &policy))?;
    }

    #[test]
    fn a_plan_that_is_made_again_in_its_run_decides_the_same(
        snapshot in remembering(),
        policy in policy(),
        is_whole in any::<bool>(),
    ) {
        let first = plan(&snapshot, &policy).plans;
        let again = plan(&remembered(&snapshot, &first, is_whole), &policy).plans;
        let plain = |plans: &[RepositoryPlan]| -> Vec<_> {
            plans.iter().map(as_the_model_says).collect()
        };
        prop_assert_eq!(plain(&first), plain(&again));
    }

    #[test]
    fn a_plan_made_later_in_the_same_run_keeps_what_an_earlier_one_saw_in_use(
        snapshot in remembering(),
        policy in policy_without_limits(),
        days in 1u32..60,
    ) {
        let policy = within(&policy, days);
        let first = plan(&snapshot, &policy).plans;
        let mut later = remembered(&snapshot, &first, true);
        later.usage.clear();
        later.taken_at += SignedDuration::from_hours(1);
        for (first, later) in first.iter().zip(plan(&later, &policy).plans) {
            let kept: BTreeSet<_> = later.keep.iter().map(|kept| kept.digest).collect();
            prop_assert!(in_use(first).is_subset(&kept), "{:?}, {:?}", in_use(first), kept);
        }
    }
}

/// Organizations of which something is remembered, up to some time ago.
fn remembering() -> impl Strategy<Value = Snapshot> {
    let days = || 0i64..60;
    (organization(), weighted(0.8, (days(), days()))).prop_map(|(mut snapshot, drawn)| {
        if let Some((since, looked)) = drawn {
            let ago = |days| snapshot.taken_at - SignedDuration::from_hours(24 * days);
            let history = UseHistory { since: ago(since + looked), looked_at: ago(looked) };
            let registries = snapshot.registries.iter_mut();
            for repository in registries.flat_map(|registry| &mut registry.repositories) {
                repository.use_history.get_or_insert(history);
            }
        }
        snapshot
    })
}

/// The policy with one more clause in each rule: over all images, `used_within` so many days.
fn within(policy: &Policy, days: u32) -> Policy {
    let mut policy = policy.clone();
    for rule in &mut policy.repositories {
        rule.keep.0.push(Clause::default().with(UsedWithin(Age::days(days))));
    }
    policy
}

/// What a plan says is in use.
fn in_use(plan: &RepositoryPlan) -> BTreeSet<Digest> {
    let is_use = |code: &str| code.starts_with("used-by-") || code == "index-of-used-image";
    let kept = plan.keep.iter();
    let used = kept.filter(|kept| kept.reasons.iter().any(|it| is_use(&it.code.text())));
    used.map(|kept| kept.digest).collect()
}

/// The organization once the run that made these plans has written down what it saw.
fn remembered(snapshot: &Snapshot, plans: &[RepositoryPlan], is_whole: bool) -> Snapshot {
    let mut snapshot = snapshot.clone();
    let now = snapshot.taken_at;
    for registry in &mut snapshot.registries {
        let place = registry.place();
        for repository in &mut registry.repositories {
            let is_of = |plan: &&RepositoryPlan| {
                plan.place() == place && plan.repository == repository.name
            };
            if let Some(plan) = plans.iter().find(is_of) {
                remember(repository, &in_use(plan), is_whole, now);
            }
        }
    }
    snapshot
}

fn remember(
    repository: &mut Repository,
    in_use: &BTreeSet<Digest>,
    is_whole: bool,
    now: Timestamp,
) {
    let before = repository.use_history;
    for image in &mut repository.images {
        if in_use.contains(&image.digest) {
            (image.used_at, image.unused_at) = (Some(now), None);
        } else if let (Some(used_at), None, Some(history), true) =
            (image.used_at, image.unused_at, before, is_whole)
            && used_at >= history.looked_at
        {
            image.unused_at = Some(now);
        }
    }
    if let Some(history) = &mut repository.use_history
        && is_whole
    {
        let goes_on = !history.is_broken_at(now) && history.since <= now;
        let since = if goes_on { history.since } else { now };
        *history = UseHistory { since, looked_at: now };
    }
}

//! Grace only holds back: it takes from what goes, and adds nothing to it.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::{Action, RepositoryRule};
use ecr_sweep_core::{
    Age, Digest, OrganizationFacts, PlannedSince, Policy, Remembered, Repository, RepositoryFacts,
    RepositoryId, RepositoryPlan,
};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_tests::random::{organization, policy_without_limits, reference_without_revision};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use super::super::cases;
use super::{going, lists, refers_to};

const GRACE_DAYS: u32 = 7;

/// For how many days images have been planned for deletion, in their order and round again.
fn days() -> impl Strategy<Value = Vec<Option<u32>>> {
    vec(weighted(0.8, prop_oneof![Just(GRACE_DAYS), 0..2 * GRACE_DAYS]), 1..6)
}

fn remembered(snapshot: &Snapshot, repository: &Repository, days: &[Option<u32>]) -> Remembered {
    let images = repository.images.iter().zip(days.iter().cycle());
    let planned_since: PlannedSince = images
        .filter_map(|(image, days)| {
            Some((image.digest, Age::days((*days)?).before(snapshot.taken_at)))
        })
        .collect();
    Remembered { planned_since: Some(planned_since), ..Remembered::NOTHING }
}

/// A repository, its plan without a grace and an archive, and its plan with a grace.
struct Both<'a> {
    repository: &'a Repository,
    without: RepositoryPlan,
    with: RepositoryPlan,
    candidates: BTreeSet<Digest>,
    remembered: Remembered,
}

/// Every repository that a rule takes, planned as a live run plans it.
fn plans<'a>(snapshot: &'a Snapshot, policy: &Policy, days: &[Option<u32>]) -> Vec<Both<'a>> {
    let organization = OrganizationFacts {
        home: &snapshot.home.account,
        registries: &snapshot.registries,
        cache_rules: &snapshot.cache_rules,
        usage: snapshot.usage.clone(),
        coverage: &snapshot.coverage,
        policy,
        now: snapshot.taken_at,
    };
    let organization = organization.index();
    let mut plans = Vec::new();
    for registry in &snapshot.registries {
        for repository in &registry.repositories {
            let Some((_, rule)) = policy.rule_for(&repository.name, &repository.tags) else {
                continue;
            };
            let place = registry.place();
            let deleting = RepositoryRule { action: Action::Delete, ..rule.clone() };
            let facts = RepositoryFacts {
                registry: &place,
                repository,
                evidence: &organization
                    .usage()
                    .evidence_for(&RepositoryId::new(&place, &repository.name)),
                policy,
                rule: &deleting,
                remembered: &Remembered::NOTHING,
                now: snapshot.taken_at,
            };
            let without = facts.decide().into_plan().plan;
            let mut rule = rule.clone();
            rule.grace = Some(Age::days(GRACE_DAYS));
            let remembered = remembered(snapshot, repository, days);
            let facts = RepositoryFacts { rule: &rule, remembered: &remembered, ..facts };
            let planned = facts.decide().into_plan();
            let (with, candidates) = (planned.plan, planned.candidates);
            plans.push(Both { repository, without, with, candidates, remembered });
        }
    }
    plans
}

proptest! {
    #![proptest_config(cases(60))]

    /// What goes is what would without a grace, but for the young, and all that they need.
    #[test]
    fn grace_takes_the_young_and_what_they_need_from_what_goes(
        snapshot in organization(),
        mut policy in policy_without_limits(),
        days in days(),
    ) {
        // What waits in the archive besides waits for something else.
        for rule in &mut policy.repositories {
            rule.action = Action::Delete;
        }
        let ends = Age::days(GRACE_DAYS).before(snapshot.taken_at);
        for Both { repository, without, with, candidates, remembered } in plans(&snapshot, &policy, &days) {
            let would_go = going(&without);
            let was_there = |digest: &Digest, since: Timestamp| {
                let image = repository.images.iter().find(|it| it.digest == *digest).unwrap();
                let wanted = [image.pulled_at, image.restored_at].into_iter().flatten();
                image.pushed_at.is_some_and(|at| at <= since) && wanted.max().is_none_or(|at| at <= since)
            };
            // What was pushed again since it was planned is not what was planned; what was pulled is wanted.
            let is_old = |digest: &Digest| {
                let since = remembered.planned_since.as_ref().and_then(|since| since.get(digest));
                let since = since.filter(|since| **since <= ends);
                since.is_some_and(|since| was_there(digest, *since))
            };
            let mut stays: BTreeSet<Digest> =
                would_go.iter().filter(|digest| !is_old(digest)).copied().collect();
            loop {
                let needed = repository.images.iter().filter(|image| {
                    repository.images.iter().any(|it| {
                        stays.contains(&it.digest) && (lists(it, image) || refers_to(image, it))
                    })
                });
                let more: BTreeSet<Digest> = needed.map(|image| image.digest).collect();
                if more.is_subset(&stays) {
                    break;
                }
                stays.extend(more);
            }
            prop_assert_eq!(going(&with), &would_go - &stays);
            // What waits, and nothing else, is told when it goes, and that is to come.
            let told = with.keep.iter().filter(|kept| kept.goes_at.is_some());
            let told: BTreeSet<Digest> = told.map(|kept| kept.digest).collect();
            if without.blocked.is_empty() {
                prop_assert_eq!(&told, &(&stays & &would_go));
            } else {
                prop_assert!(told.is_empty());
            }
            for kept in &with.keep {
                prop_assert!(kept.goes_at.is_none_or(|at| at > snapshot.taken_at));
            }
            if without.blocked.is_empty() {
                prop_assert_eq!(&candidates, &would_go);
            } else {
                prop_assert!(candidates.is_empty());
            }
        }
    }

    /// Invariant 11, under a grace.
    #[test]
    fn one_more_reference_deletes_no_more_under_a_grace(
        (snapshot, more) in organization().prop_flat_map(|snapshot| {
            let more = reference_without_revision(snapshot.registries.clone());
            (Just(snapshot), more)
        }),
        policy in policy_without_limits(),
        days in days(),
    ) {
        let mut with_more = snapshot.clone();
        with_more.usage.push(more);
        let before = plans(&snapshot, &policy, &days);
        for (before, after) in before.iter().zip(plans(&with_more, &policy, &days)) {
            prop_assert!(going(&after.with).is_subset(&going(&before.with)));
            prop_assert!(going(&before.with).is_subset(&going(&before.without)));
            // More can also tell what a block did not know.
            if before.without.blocked.is_empty() {
                prop_assert!(after.candidates.is_subset(&before.candidates));
            }
        }
    }
}

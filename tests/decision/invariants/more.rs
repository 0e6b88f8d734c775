//! More evidence, more rules and higher numbers never delete more.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::{Keep, Value, Values};
use ecr_sweep_core::{Age, Digest, Policy, RepositoryPlan, UseHistory};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_tests::random::{
    clause, organization, policy_without_limits, reference_without_revision, rules,
};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::super::{cases, plan};
use super::{CASES, going};

proptest! {
    #![proptest_config(cases(CASES))]

    /// Invariant 11.
    #[test]
    fn one_more_reference_deletes_no_more(
        (snapshot, more) in organization().prop_flat_map(|snapshot| {
            let more = reference_without_revision(snapshot.registries.clone());
            (Just(snapshot), more)
        }),
        policy in policy_without_limits(),
    ) {
        let mut with_more = snapshot.clone();
        with_more.usage.push(more);
        no_more((&snapshot, &policy), (&with_more, &policy))?;
    }

    /// Invariant 11.
    #[test]
    fn one_more_keep_rule_deletes_no_more(
        snapshot in organization(),
        policy in policy_without_limits(),
        more in rules(),
        at in any::<prop::sample::Index>(),
    ) {
        let mut with_more = policy.clone();
        for rule in &mut with_more.repositories {
            let mut clauses = rule.keep.values();
            let clause = at.get_mut(&mut clauses);
            *clause = joined(clause.clone(), &more.values());
            rule.keep = Keep::of(&clauses).unwrap();
        }
        no_more((&snapshot, &policy), (&snapshot, &with_more))?;
    }

    /// Invariant 11.
    #[test]
    fn one_more_clause_deletes_no_more(
        snapshot in organization(),
        policy in policy_without_limits(),
        more in clause(),
        at in any::<prop::sample::Index>(),
    ) {
        let mut with_more = policy.clone();
        for rule in &mut with_more.repositories {
            let clauses = &mut rule.keep.0;
            clauses.insert(at.index(clauses.len() + 1), more.clone());
        }
        no_more((&snapshot, &policy), (&snapshot, &with_more))?;
    }

    /// Invariant 11.
    #[test]
    fn use_that_was_seen_later_or_is_known_for_less_deletes_no_more(
        snapshot in organization(),
        policy in policy_without_limits(),
        hours in 0i64..4_000,
        at in any::<prop::sample::Index>(),
    ) {
        let mut with_more = snapshot.clone();
        let seen = snapshot.taken_at - SignedDuration::from_hours(hours);
        let registries = with_more.registries.iter_mut();
        for repository in registries.flat_map(|registry| &mut registry.repositories) {
            if !repository.images.is_empty() {
                let image = at.get_mut(&mut repository.images);
                image.used_at = image.used_at.max(Some(seen));
            }
            let begins = UseHistory { since: seen, looked_at: snapshot.taken_at };
            let known = repository.use_history.get_or_insert(begins);
            known.since = known.since.max(seen);
        }
        no_more((&snapshot, &policy), (&with_more, &policy))?;
    }

    /// Invariant 11.
    #[test]
    fn a_higher_number_deletes_no_more(
        snapshot in organization(),
        policy in policy_without_limits(),
        days in 1u32..60,
        count in 1u64..3,
    ) {
        let mut higher = policy.clone();
        for rule in &mut higher.repositories {
            let clauses: Vec<_> =
                rule.keep.values().iter().map(|it| raised(it, days, count)).collect();
            rule.keep = Keep::of(&clauses).unwrap();
        }
        no_more((&snapshot, &policy), (&snapshot, &higher))?;
    }
}

/// The rules of both. Of two with one name the first stays; a list has what is in either.
fn joined(own: Values, more: &Values) -> Values {
    more.iter().fold(own, |own, (name, more)| match (own.find(name), more) {
        (None, more) => own.with(name, more.clone()),
        (Some(Value::List(items)), Value::List(more)) => {
            let both = Value::List(items.iter().chain(more).cloned().collect());
            own.with(name, both)
        }
        (Some(_), _) => own,
    })
}

/// The same with every age longer and every number higher.
fn raised(values: &Values, days: u32, count: u64) -> Values {
    let raise = |value: &Value| match value {
        Value::Age(age) => {
            let more = u64::from(days) * 86_400;
            Value::Age(Age::seconds(age.as_seconds().saturating_add(more)))
        }
        Value::Count(number) => Value::Count(number + count),
        Value::Form(values) => Value::Form(raised(values, days, count)),
        other => other.clone(),
    };
    values.iter().fold(Values::default(), |raised, (name, value)| raised.with(name, raise(value)))
}

pub(super) fn no_more(
    before: (&Snapshot, &Policy),
    after: (&Snapshot, &Policy),
) -> Result<(), TestCaseError> {
    let (before, after) = (plan(before.0, before.1).plans, plan(after.0, after.1).plans);
    prop_assert_eq!(before.len(), after.len());
    let is_any_blocked = before.iter().any(|plan| !plan.blocked.is_empty());
    for (before, after) in before.iter().zip(&after) {
        let mut outside = BTreeSet::new();
        if is_any_blocked {
            outside = kept_by_a_block_elsewhere(before);
        }
        let (before, after) = (going(before), going(after));
        let after: BTreeSet<_> = after.difference(&outside).copied().collect();
        prop_assert!(after.is_subset(&before), "before {before:?}, after {after:?}");
    }
    Ok(())
}

/// "What only a block or a limit there keeps is outside the promise": what stays for an image of
/// another repository alone, and what that needs.
fn kept_by_a_block_elsewhere(plan: &RepositoryPlan) -> BTreeSet<Digest> {
    let codes = ["referrer-of-image-elsewhere", "child-of-kept-index", "referrer-of-kept-image"];
    let kept = plan
        .keep
        .iter()
        .filter(|kept| kept.reasons.iter().all(|reason| codes.contains(&&*reason.code.text())));
    kept.map(|kept| kept.digest).collect()
}

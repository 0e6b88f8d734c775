//! More evidence, more rules and higher numbers never delete more.

use ecr_sweep_core::Policy;
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_tests::random::{
    keep, organization, policy_without_limits, reference_without_revision,
};
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
        more in keep(),
    ) {
        let mut with_more = policy.clone();
        for rule in &mut with_more.repositories {
            let own = rule.keep.clone();
            let mut tags = own.tags;
            tags.extend(more.tags.clone());
            rule.keep = ecr_sweep_core::policy::Keep {
                pushed_within: own.pushed_within.or(more.pushed_within.clone()),
                pulled_within: own.pulled_within.or(more.pulled_within),
                newest: own.newest.or(more.newest),
                spare: own.spare.or(more.spare),
                tags,
                tagged: own.tagged || more.tagged,
                releases: own.releases.or(more.releases),
                behind_tags: own.behind_tags.or(more.behind_tags.clone()),
                behind_deployed: own.behind_deployed.or(more.behind_deployed),
            };
        }
        no_more((&snapshot, &policy), (&snapshot, &with_more))?;
    }

    /// Invariant 11.
    #[test]
    fn a_higher_number_deletes_no_more(
        snapshot in organization(),
        policy in policy_without_limits(),
        days in 1u32..60,
        count in 1u64..3,
    ) {
        let longer = |age: ecr_sweep_core::Age| {
            let seconds = age.as_seconds().saturating_add(u64::from(days) * 86_400);
            ecr_sweep_core::Age::seconds(seconds)
        };
        let mut higher = policy.clone();
        for rule in &mut higher.repositories {
            use ecr_sweep_core::policy::PushedWithin::{Age, RepositoryTag};
            let keep = &mut rule.keep;
            match &mut keep.pushed_within {
                Some(Age(age) | RepositoryTag { default: age, .. }) => *age = longer(*age),
                None => {}
            }
            keep.pulled_within = keep.pulled_within.map(longer);
            for rule in [&mut keep.newest, &mut keep.spare].into_iter().flatten() {
                rule.count += count;
            }
            if let Some(releases) = &mut keep.releases {
                releases.newest += count;
            }
            if let Some(behind) = &mut keep.behind_tags {
                behind.within = behind.within.map(longer);
                behind.newest += count;
            }
            if let Some(behind) = &mut keep.behind_deployed {
                behind.revisions += 1;
            }
        }
        no_more((&snapshot, &policy), (&snapshot, &higher))?;
    }
}

fn no_more(before: (&Snapshot, &Policy), after: (&Snapshot, &Policy)) -> Result<(), TestCaseError> {
    let (before, after) = (plan(before.0, before.1).plans, plan(after.0, after.1).plans);
    prop_assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        let (before, after) = (going(before), going(after));
        prop_assert!(after.is_subset(&before), "before {before:?}, after {after:?}");
    }
    Ok(())
}

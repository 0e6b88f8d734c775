//! The archive only holds back: what is archived, and what is deleted after it, would be deleted without.

use std::collections::BTreeMap;

use ecr_sweep_core::policy::Action;
use ecr_sweep_core::{Age, Digest, Image, ImageStatus, Policy};
use ecr_sweep_tests::random::{organization, policy_without_limits};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{cases, plan};
use super::{CASES, going, lists, refers_to, repository};

fn with_action(policy: &Policy, action: Action) -> Policy {
    let mut policy = policy.clone();
    for rule in &mut policy.repositories {
        rule.action = action;
    }
    policy
}

proptest! {
    #![proptest_config(cases(CASES))]

    #[test]
    fn archiving_touches_nothing_that_deleting_would_not(
        snapshot in organization(),
        policy in policy_without_limits(),
        days in select(vec![0, 1, 30, 90]),
    ) {
        let archiving = with_action(&policy, Action::ArchiveFor(Age::days(days)));
        let deleting = plan(&snapshot, &with_action(&policy, Action::Delete)).plans;
        for (with, without) in plan(&snapshot, &archiving).plans.iter().zip(&deleting) {
            prop_assert!(going(with).is_subset(&going(without)));
        }
    }

    /// What can be pulled is archived; what is deleted has been archived for so long, and nothing that is
    /// only archived needs it.
    #[test]
    fn nothing_is_deleted_that_was_not_archived_for_so_long(
        snapshot in organization(),
        policy in policy_without_limits(),
        days in select(vec![0, 1, 30, 90]),
    ) {
        let age = Age::days(days);
        for plan in plan(&snapshot, &with_action(&policy, Action::ArchiveFor(age))).plans {
            let images: BTreeMap<Digest, &Image> =
                repository(&snapshot, &plan).images.iter().map(|it| (it.digest, it)).collect();
            let (archived, deleted): (Vec<_>, Vec<_>) =
                plan.delete.iter().map(|it| (images[&it.digest], it.archive)).partition(|it| it.1);
            for (image, _) in &archived {
                prop_assert_eq!(image.status, ImageStatus::Active);
            }
            let is_deleted = |image: &Image| deleted.iter().any(|it| it.0.digest == image.digest);
            for (image, _) in &deleted {
                prop_assert_eq!(image.status, ImageStatus::Archived);
                let last = image.archived_at.max(image.restored_at);
                prop_assert!(image.archived_at.is_some() && last <= Some(age.before(snapshot.taken_at)));
                for other in images.values().filter(|other| !is_deleted(other)) {
                    prop_assert!(!lists(other, image) && !refers_to(image, other));
                }
            }
            prop_assert_eq!(plan.summary.archive, archived.len() as u64);
            prop_assert_eq!(plan.summary.deleted(), deleted.len() as u64);
        }
    }
}

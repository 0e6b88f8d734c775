//! Limits hold.

use ecr_sweep_core::ReasonCode;
use ecr_sweep_core::policy::Limits;
use ecr_sweep_tests::random::{organization, policy};
use proptest::prelude::*;

use super::super::{cases, plan};
use super::{CASES, repository};

proptest! {
    #![proptest_config(cases(CASES))]

    /// Invariant 8.
    #[test]
    fn limits_hold(snapshot in organization(), policy in policy()) {
        let plans = plan(&snapshot, &policy).plans;
        let mut deleted = 0;
        let mut listed = 0;
        for plan in &plans {
            let repository = repository(&snapshot, plan);
            let (_, rule) = policy.rule_for(&repository.name, &repository.tags).unwrap();
            let images = repository.images.len() as u64;
            prop_assert!(plan.delete.len() as u64 <= rule.limits.allowed_of(images));
            deleted += plan.delete.len() as u64;
            listed += images;
            let limited = [&rule.limits, &policy.limits]
                .iter().any(|limits| **limits != Limits::default());
            let says = plan.keep.iter().flat_map(|kept| &kept.reasons)
                .any(|reason| reason.code == ReasonCode::OverLimit);
            prop_assert!(limited || !says);
        }
        prop_assert!(deleted <= policy.limits.allowed_of(listed));
    }
}

//! Nothing used goes, and what was not seen deletes nothing.

use std::collections::BTreeMap;

use ecr_sweep_core::{BlockCode, Coverage, CoverageRow, CoverageStatus, Image, Reach, Source};
use ecr_sweep_tests::model::{Named, read_reference};
use ecr_sweep_tests::random::{organization, policy};
use proptest::prelude::*;

use super::super::{cases, plan};
use super::{CASES, going, lists, repository};

proptest! {
    #![proptest_config(cases(CASES))]

    /// Invariant 1.
    #[test]
    fn nothing_used_goes(snapshot in organization(), policy in policy()) {
        for plan in plan(&snapshot, &policy).plans {
            let replicated = &snapshot.registries.iter()
                .find(|registry| registry.place() == plan.place()).unwrap().deletes_replicate_to;
            let images = &repository(&snapshot, &plan).images;
            let used = |image: &Image| snapshot.usage.iter().any(|row| {
                let by_reference = match read_reference(&row.reference, &policy.usage.aliases) {
                    Named::Image { place, repository, tag, digest } => {
                        let here = place == plan.place() || replicated.contains(&place);
                        let by_tag = tag.is_some_and(|tag| image.tags.contains(&tag.into()));
                        digest == Some(image.digest)
                            || here && *repository == *plan.repository && by_tag
                    }
                    Named::Elsewhere(digest) => digest == Some(image.digest),
                    Named::Unreadable => false,
                };
                by_reference || row.resolved == Some(image.digest)
            });
            let going = going(&plan);
            for image in images.iter().filter(|image| going.contains(&image.digest)) {
                prop_assert!(!used(image), "{} is used", image.digest);
                for other in images {
                    prop_assert!(!(lists(image, other) && used(other)),
                        "{} lists the used {}", image.digest, other.digest);
                }
            }
        }
    }

    /// Invariant 2.
    #[test]
    fn what_was_not_seen_deletes_nothing(
        snapshot in organization(),
        mut policy in policy(),
        failed in proptest::sample::select(&Source::ALL[..]),
        unreadable in any::<bool>(),
    ) {
        policy.scope.off.clear();
        let mut snapshot = snapshot;
        let home = snapshot.home.clone();
        if unreadable {
            let usage = BTreeMap::from([
                ("reference", "x.dkr.ecr.eu-west-1.amazonaws.com/app".to_owned()),
                ("source", failed.facts().kinds.first()
                    .map_or_else(|| failed.to_string(), |kind| kind.text.to_owned())),
                ("arn", "a".to_owned()),
                ("account", home.account.to_string()),
                ("region", home.region.to_string()),
            ]);
            let usage = serde_json::to_value(usage).unwrap();
            snapshot.coverage.except.retain(|row| row.status != CoverageStatus::Off);
            snapshot.usage.push(serde_json::from_value(usage).unwrap());
        } else {
            snapshot.coverage = Coverage { default: snapshot.coverage.default, except: vec![
                CoverageRow { account: home.account, region: home.region.clone(), source: failed,
                    cluster: None, status: CoverageStatus::Failed, reason: None, probed: None,
                    remedies: Vec::new() },
            ] };
        }
        for plan in plan(&snapshot, &policy).plans {
            if failed.facts().reach == Reach::OwnRegion && plan.region != home.region {
                continue;
            }
            prop_assert!(plan.delete.is_empty());
            let blocked = plan.blocked.iter().any(|it| it.code == BlockCode::IncompleteUsage);
            prop_assert_eq!(blocked, plan.summary.would_delete > 0);
        }
    }
}

//! Plans are complete, sorted and the same for the same facts.

use std::collections::BTreeMap;

use ecr_sweep_core::{Digest, Image, ReasonCode};
use ecr_sweep_tests::random::{organization, policy};
use proptest::prelude::*;

use super::super::{cases, plan};
use super::{CASES, going, repository};

proptest! {
    #![proptest_config(cases(CASES))]

    #[test]
    fn every_image_is_in_one_list_in_order_and_every_reason_is_told(
        snapshot in organization(),
        policy in policy(),
    ) {
        let plans = plan(&snapshot, &policy).plans;
        let names: Vec<_> = plans.iter().map(|plan| (plan.place(), &plan.repository)).collect();
        prop_assert!(names.is_sorted());
        for plan in &plans {
            let images: BTreeMap<Digest, &Image> =
                repository(&snapshot, plan).images.iter().map(|it| (it.digest, it)).collect();
            let mut listed: Vec<Digest> = plan.keep.iter().map(|kept| kept.digest).collect();
            listed.extend(going(plan));
            listed.sort();
            prop_assert_eq!(listed, images.keys().copied().collect::<Vec<_>>());

            let newest_first = |digests: Vec<Digest>| {
                let order = |digest: &Digest| {
                    (std::cmp::Reverse(images[digest].pushed_at), *digest)
                };
                let pushed = digests.iter().filter(|it| images[*it].pushed_at.is_some());
                pushed.map(order).is_sorted()
            };
            prop_assert!(newest_first(plan.keep.iter().map(|it| it.digest).collect()), "keep");
            prop_assert!(newest_first(plan.delete.iter().map(|it| it.digest).collect()), "delete");
            for block in &plan.blocked {
                prop_assert!(newest_first(block.would_delete.clone()), "would_delete");
                prop_assert!(!block.would_delete.is_empty() && plan.delete.is_empty());
                prop_assert_eq!(block.would_delete.len() as u64, plan.summary.would_delete);
            }
            for deletion in &plan.delete {
                let image = images[&deletion.digest];
                let mut tags = image.tags.clone();
                tags.sort();
                prop_assert_eq!(&deletion.tags, &tags);
                prop_assert_eq!(deletion.size_bytes, image.size_bytes.filter(|_| !image.is_index()));
                prop_assert_eq!(deletion.pushed_at, image.pushed_at);
            }
            for kept in &plan.keep {
                prop_assert!(!kept.reasons.is_empty());
                prop_assert!(kept.reasons.is_sorted());
                for reason in &kept.reasons {
                    let all_say_so = reason.evidence.iter().all(|row| {
                        reason.code == ReasonCode::UsedBy(row.kind.clone())
                            && snapshot.usage.contains(row)
                    });
                    prop_assert!(all_say_so && reason.evidence.is_sorted());
                    let by_usage = matches!(reason.code, ReasonCode::UsedBy(_));
                    prop_assert_eq!(by_usage, !reason.evidence.is_empty());
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_input_changes_nothing(
        snapshot in organization(),
        policy in policy(),
        seed in any::<u64>(),
    ) {
        let mut shuffled = snapshot.clone();
        let mut shuffle = Shuffle(seed);
        shuffle.shuffle(&mut shuffled.registries);
        for registry in &mut shuffled.registries {
            shuffle.shuffle(&mut registry.repositories);
            shuffle.shuffle(&mut registry.deletes_replicate_to);
            for repository in &mut registry.repositories {
                shuffle.shuffle(&mut repository.images);
                shuffle.shuffle(&mut repository.allows);
                for image in &mut repository.images {
                    shuffle.shuffle(&mut image.tags);
                    if let Some(children) = &mut image.children {
                        shuffle.shuffle(children);
                    }
                }
            }
        }
        shuffle.shuffle(&mut shuffled.usage);
        shuffle.shuffle(&mut shuffled.coverage.except);
        let (first, second) = (plan(&snapshot, &policy), plan(&shuffled, &policy));
        prop_assert_eq!(
            serde_json::to_string(&first.plans).unwrap(),
            serde_json::to_string(&second.plans).unwrap()
        );
        prop_assert_eq!(first, second);
    }
}

/// A permutation from a seed.
struct Shuffle(u64);

impl Shuffle {
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = (self.0 >> 33) % (at as u64 + 1);
            items.swap(at, usize::try_from(other).unwrap());
        }
    }
}

//! The graph stays whole, wherever a deletion stops.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::Action;
use ecr_sweep_core::{Digest, Image, ImageStatus, ReasonCode, deletion_waves};
use ecr_sweep_tests::random::{organization, policy};
use proptest::prelude::*;

use super::super::{cases, plan};
use super::{CASES, going, lists, refers_to, repository};

proptest! {
    #![proptest_config(cases(CASES))]

    /// Invariants 4 and 5.
    #[test]
    fn a_stop_after_any_wave_leaves_the_graph_whole(
        snapshot in organization(),
        policy in policy(),
    ) {
        for plan in plan(&snapshot, &policy).plans {
            let images = &repository(&snapshot, &plan).images;
            let going: Vec<Digest> = going(&plan).into_iter().collect();
            let waves = deletion_waves(images, &going);
            // What is archived is still there, and what only waits in the archive cannot be pulled either.
            let of = repository(&snapshot, &plan);
            let (_, rule) = policy.rule_for(&of.name, &of.tags).unwrap();
            let archives = matches!(rule.action, Action::ArchiveFor(_));
            let waits = plan.keep.iter().filter(|kept| {
                kept.reasons.iter().all(|reason| reason.code == ReasonCode::InArchive)
            });
            let waits: BTreeSet<Digest> = waits.map(|kept| kept.digest).collect();
            let is_lost = |stays: &Image, gone: &Image| {
                let is_archived = archives && gone.status == ImageStatus::Active;
                !waits.contains(&stays.digest) || !is_archived
            };
            let mut left: Vec<&Image> = images.iter().collect();
            for wave in &waves {
                let wave: BTreeSet<Digest> = wave.iter().map(|queued| queued.digest).collect();
                left.retain(|image| !wave.contains(&image.digest));
                for gone in images.iter().filter(|image| wave.contains(&image.digest)) {
                    for stays in &left {
                        prop_assert!(!lists(stays, gone) || !is_lost(stays, gone),
                            "{} has lost its child {}", stays.digest, gone.digest);
                        prop_assert!(!refers_to(gone, stays) || !is_lost(stays, gone),
                            "{} has lost its referrer {}", stays.digest, gone.digest);
                    }
                    let together = images.iter().filter(|image| wave.contains(&image.digest));
                    for other in together.filter(|other| other.digest != gone.digest) {
                        let waits = lists(other, gone) || refers_to(gone, other);
                        prop_assert!(!waits || in_a_circle(images, gone, other),
                            "{} is to wait for {}", gone.digest, other.digest);
                    }
                }
            }
            let mut waved: Vec<Digest> =
                waves.iter().flatten().map(|queued| queued.digest).collect();
            waved.sort();
            prop_assert_eq!(waved, going);
        }
    }
}

/// Whether each of two images has, over others, to wait for the other.
fn in_a_circle(images: &[Image], from: &Image, to: &Image) -> bool {
    let mut reached = BTreeSet::from([to.digest]);
    loop {
        let before = reached.len();
        for (image, other) in images.iter().flat_map(|a| images.iter().map(move |b| (a, b))) {
            if reached.contains(&image.digest) && (lists(other, image) || refers_to(image, other)) {
                reached.insert(other.digest);
            }
        }
        if reached.contains(&from.digest) {
            return true;
        }
        if reached.len() == before {
            return false;
        }
    }
}

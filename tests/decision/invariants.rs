//! What must hold of every plan, whatever the organization: the safety argument's numbers are in
//! front of each property.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::policy::Limits;
use ecr_sweep_core::{
    BlockCode, Coverage, CoverageRow, CoverageStatus, Digest, Image, Policy, ReasonCode,
    Repository, RepositoryPlan, Source, deletion_waves, fallback_subject,
};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_tests::model::{Named, read_reference};
use ecr_sweep_tests::random::{
    keep, organization, policy, policy_without_limits, reference_without_revision,
};
use proptest::prelude::*;

use super::{cases, plan};

/// What goes, or would go were nothing in the way.
fn going(plan: &RepositoryPlan) -> BTreeSet<Digest> {
    let would = plan.blocked.iter().flat_map(|block| &block.would_delete).copied();
    plan.delete.iter().map(|deletion| deletion.digest).chain(would).collect()
}

fn repository<'a>(snapshot: &'a Snapshot, plan: &RepositoryPlan) -> &'a Repository {
    let registry = snapshot.registries.iter().find(|it| it.place() == plan.place()).unwrap();
    registry.repositories.iter().find(|it| it.name == plan.repository).unwrap()
}

fn lists(index: &Image, image: &Image) -> bool {
    index.known_children().contains(&image.digest)
}

fn refers_to(referrer: &Image, image: &Image) -> bool {
    referrer.subject == Some(image.digest)
        || referrer.tags.iter().any(|tag| fallback_subject(tag) == Some(image.digest))
}

proptest! {
    #![proptest_config(cases(100))]

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
                ("source", if failed == Source::Lambda { "lambda-version".to_owned() }
                    else if failed == Source::Ecs { "ecs-task".to_owned() }
                    else { failed.to_string() }),
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
                    status: CoverageStatus::Failed, reason: None },
            ] };
        }
        for plan in plan(&snapshot, &policy).plans {
            if failed == Source::Lambda && plan.region != home.region {
                continue;
            }
            prop_assert!(plan.delete.is_empty());
            let blocked = plan.blocked.iter().any(|it| it.code == BlockCode::IncompleteUsage);
            prop_assert_eq!(blocked, plan.summary.would_delete > 0);
        }
    }

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
            let mut left: Vec<&Image> = images.iter().collect();
            for wave in &waves {
                let wave: BTreeSet<Digest> = wave.iter().map(|queued| queued.digest).collect();
                left.retain(|image| !wave.contains(&image.digest));
                for gone in images.iter().filter(|image| wave.contains(&image.digest)) {
                    for stays in &left {
                        prop_assert!(!lists(stays, gone),
                            "{} has lost its child {}", stays.digest, gone.digest);
                        prop_assert!(!refers_to(gone, stays),
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
                prop_assert_eq!(deletion.size_bytes, image.size_bytes);
                prop_assert_eq!(deletion.pushed_at, image.pushed_at);
            }
            for kept in &plan.keep {
                prop_assert!(!kept.reasons.is_empty());
                prop_assert!(kept.reasons.is_sorted());
                for reason in &kept.reasons {
                    let all_say_so = reason.evidence.iter().all(|row| {
                        reason.code == ReasonCode::UsedBy(row.source.clone())
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

fn no_more(before: (&Snapshot, &Policy), after: (&Snapshot, &Policy)) -> Result<(), TestCaseError> {
    let (before, after) = (plan(before.0, before.1).plans, plan(after.0, after.1).plans);
    prop_assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        let (before, after) = (going(before), going(after));
        prop_assert!(after.is_subset(&before), "before {before:?}, after {after:?}");
    }
    Ok(())
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

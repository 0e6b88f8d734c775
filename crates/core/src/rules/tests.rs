//! The keep rules, one at a time.

use crate::policy::{
    BehindDeployed, BehindTags, Clause, Counted, Keep, LooksAt, Newest, OfImages, OfStorage, Per,
    PulledWithin, PushedWithin, ReleaseLine, Releases, Spare, Tagged, Tags,
};
use crate::testing::{
    Case, case, days_ago, digest, image, index, referrer, revision, tagged, usage,
};
use crate::{Image, ImageStatus};

#[test]
fn pushed_within_is_inclusive_and_looks_at_every_image() {
    let verdicts = case([image(1, 90), image(2, 91), referrer(3, 90, 9), index(4, 100, &[1])])
        .keeping(|keep| keep.set(PushedWithin::Age("90d".parse().unwrap())))
        .verdicts();
    assert_eq!(verdicts, "1: pushed-within, 2: delete, 3: pushed-within, 4: delete");
}

#[test]
fn pulled_within_keeps_what_was_pulled_and_not_what_never_was() {
    let pulled = |n, days| Image { pulled_at: Some(days_ago(days)), ..image(n, 200) };
    let verdicts = case([pulled(1, 60), pulled(2, 61), image(3, 200)])
        .keeping(|keep| keep.set(PulledWithin("60d".parse().unwrap())))
        .verdicts();
    assert_eq!(verdicts, "1: pulled-within, 2: delete, 3: delete");
}

#[test]
fn newest_counts_tagged_top_level_images_whatever_else_keeps_them() {
    let signature = format!("sha256-{}.sig", digest(9).hex());
    let verdicts = case([
        tagged(1, 40, &["v1"]),
        image(2, 41),
        tagged(3, 42, &["v3"]),
        tagged(4, 39, &[&signature]),
        Image { tags: vec!["v5".into()], ..referrer(5, 38, 9) },
        tagged(6, 37, &["child"]),
        index(7, 50, &[6]),
        Image { status: ImageStatus::Archived, ..tagged(8, 36, &["old"]) },
        tagged(10, 43, &["v10"]),
    ])
    .used(usage("ecs-task", "HOST/app:v1"))
    .keeping(|keep| keep.set(Newest::plain(2)))
    .verdicts();
    assert_eq!(
        verdicts,
        "1: used-by-ecs-task newest, 2: delete, 3: newest, 4: delete, 5: delete, 6: delete, \
         7: delete, 8: delete, 10: delete"
    );
}

#[test]
fn images_pushed_at_the_same_time_are_counted_by_digest() {
    let verdicts = case([tagged(2, 40, &["b"]), tagged(1, 40, &["a"]), tagged(3, 40, &["c"])])
        .keeping(|keep| keep.set(Newest::plain(2)))
        .verdicts();
    assert_eq!(verdicts, "1: newest, 2: newest, 3: delete");
}

#[test]
fn newest_can_count_untagged_images_and_indexes_apart() {
    let untagged = Counted { of: Some(OfImages::Untagged), per: Per::Kind, ..Counted::plain(1) };
    let verdicts = case([
        image(1, 40),
        image(2, 41),
        index(3, 42, &[]),
        index(4, 43, &[]),
        tagged(5, 39, &["v"]),
    ])
    .keeping(|keep| keep.set(Newest(untagged)))
    .verdicts();
    assert_eq!(verdicts, "1: newest, 2: delete, 3: newest, 4: delete, 5: delete");
    let any = Counted { of: Some(OfImages::Any), ..Counted::plain(2) };
    let verdicts = case([image(1, 40), tagged(2, 41, &["v"]), image(3, 42)])
        .keeping(|keep| keep.set(Newest(any)))
        .verdicts();
    assert_eq!(verdicts, "1: newest, 2: newest, 3: delete");
}

#[test]
fn spare_counts_only_what_nothing_else_keeps_and_then_the_graph_applies_again() {
    let mut spared = index(3, 42, &[4]);
    spared.tags.push("v3".into());
    let verdicts = case([
        tagged(1, 40, &["v1"]),
        tagged(2, 41, &["v2"]),
        spared,
        image(4, 42),
        tagged(5, 43, &["v5"]),
        referrer(6, 44, 3),
    ])
    .used(usage("ecs-task", "HOST/app:v1"))
    .keeping(|keep| keep.set(Spare::plain(2)))
    .verdicts();
    assert_eq!(
        verdicts,
        "1: used-by-ecs-task, 2: spare, 3: spare, 4: child-of-kept-index, 5: delete, \
         6: referrer-of-kept-image"
    );
}

#[test]
fn any_matching_tag_keeps_an_image() {
    let verdicts = case([tagged(1, 60, &["x", "release-1"]), tagged(2, 60, &["x"]), image(3, 60)])
        .keeping(|keep| {
            keep.set(Tags(vec!["latest".parse().unwrap(), "release-*".parse().unwrap()]));
        })
        .verdicts();
    assert_eq!(verdicts, "1: tags, 2: delete, 3: delete");
}

#[test]
fn tagged_keeps_every_tagged_image_but_not_by_fallback_tags() {
    let fallback = format!("sha256-{}", digest(9).hex());
    let verdicts = case([tagged(1, 60, &["x"]), tagged(2, 60, &[&fallback]), image(3, 60)])
        .keeping(|keep| keep.set(Tagged))
        .verdicts();
    assert_eq!(verdicts, "1: tagged, 2: delete, 3: delete");
}

#[test]
fn releases_keep_the_newest_versions_of_each_line() {
    let images = || {
        [
            tagged(1, 60, &["v1.0.0"]),
            tagged(2, 59, &["1.1.0"]),
            tagged(3, 58, &["v1.1.1-rc.2"]),
            tagged(4, 57, &["1.1.1"]),
            tagged(5, 80, &["v2.0.0"]),
            tagged(6, 50, &["build-12"]),
            tagged(7, 50, &["v1.1.1"]),
            tagged(8, 50, &["1.1.1-rc.10"]),
        ]
    };
    let kept = |newest, per| {
        let planned = case(images()).keeping(|keep| keep.set(Releases { newest, per })).plan();
        let mut kept: Vec<u8> = planned
            .plan
            .keep
            .iter()
            .map(|kept| (1..9).find(|n| digest(*n) == kept.digest).unwrap())
            .collect();
        kept.sort_unstable();
        kept
    };
    assert_eq!(kept(1, ReleaseLine::All), [5]);
    assert_eq!(kept(2, ReleaseLine::All), [4, 5, 7]);
    assert_eq!(kept(2, ReleaseLine::Major), [4, 5, 7, 8]);
    assert_eq!(kept(3, ReleaseLine::Major), [3, 4, 5, 7, 8]);
    assert_eq!(kept(1, ReleaseLine::Minor), [1, 4, 5, 7]);
    assert_eq!(kept(0, ReleaseLine::All), [0_u8; 0]);
}

fn behind(tags: &[&str], within: Option<&str>, newest: u64) -> BehindTags {
    BehindTags {
        tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        within: within.map(|within| within.parse().unwrap()),
        newest,
    }
}

#[test]
fn behind_tags_keeps_what_lies_around_the_oldest_tagged_image() {
    let verdicts = |rule| {
        case([
            image(1, 40),
            tagged(2, 50, &["rc"]),
            image(3, 55),
            tagged(4, 60, &["prod"]),
            image(5, 61),
            referrer(6, 62, 9),
            image(7, 70),
            image(8, 71),
        ])
        .keeping(|keep| keep.set(rule))
        .plan()
        .plan
        .delete
        .into_iter()
        .map(|gone| (1..9).find(|n| digest(*n) == gone.digest).unwrap())
        .collect::<Vec<u8>>()
    };
    assert_eq!(verdicts(behind(&["prod", "rc"], None, 0)), [5, 6, 7, 8]);
    assert_eq!(verdicts(behind(&["prod", "rc"], Some("10d"), 0)), [8]);
    assert_eq!(verdicts(behind(&["prod", "rc"], None, 2)), [6, 8]);
    assert_eq!(verdicts(behind(&["rc"], Some("0d"), 0)), [3, 4, 5, 6, 7, 8]);
}

#[test]
fn behind_tags_without_an_anchor_keeps_everything() {
    let plan = |images: Vec<Image>| {
        case(images).keeping(|keep| keep.set(behind(&["prod"], None, 0))).verdicts()
    };
    assert_eq!(plan(vec![image(1, 60)]), "1: no-anchor");
    let unknown = Image { pushed_at: None, ..tagged(2, 0, &["prod"]) };
    assert_eq!(
        plan(vec![tagged(1, 60, &["prod"]), unknown]),
        "1: no-anchor, 2: push-time-unknown no-anchor"
    );
}

#[test]
fn behind_deployed_keeps_what_was_pushed_since_the_oldest_image_of_the_last_revisions() {
    let verdicts = |revisions| {
        case([
            tagged(1, 80, &["v1"]),
            tagged(2, 70, &["v2"]),
            image(3, 65),
            tagged(4, 60, &["v4"]),
            image(5, 90),
        ])
        .used(revision("web", 1, false, "HOST/app:v1"))
        .used(revision("web", 3, false, "HOST/app:v2"))
        .used(revision("web", 6, true, "HOST/app:v4"))
        .keeping(|keep| keep.set(BehindDeployed { revisions }))
        .plan()
        .plan
        .delete
        .into_iter()
        .map(|gone| (1..9).find(|n| digest(*n) == gone.digest).unwrap())
        .collect::<Vec<u8>>()
    };
    assert_eq!(verdicts(0), [3, 5]);
    // At or below 6 - 1 the newest known revision is 3, and its image is image 2.
    assert_eq!(verdicts(1), [5]);
    assert_eq!(verdicts(4), [5]);
    assert_eq!(verdicts(9), [5]);
}

#[test]
fn behind_deployed_takes_the_oldest_threshold_of_all_families() {
    let verdicts = case([tagged(1, 80, &["v1"]), tagged(2, 40, &["v2"]), image(3, 60)])
        .used(revision("a", 5, true, "HOST/app:v2"))
        .used(revision("b", 1, true, &format!("HOST/app:gone@{}", digest(1))))
        .keeping(|keep| keep.set(BehindDeployed { revisions: 0 }))
        .verdicts();
    assert!(verdicts.contains("3: behind-deployed"), "{verdicts}");
}

#[test]
fn behind_deployed_without_an_anchor_keeps_everything() {
    let rule = |keep: &mut Clause| {
        keep.set(BehindDeployed { revisions: 1 });
    };
    let images = || [image(1, 60), tagged(2, 60, &["v2"])];
    let verdicts = case(images()).keeping(rule).verdicts();
    assert_eq!(verdicts, "1: no-anchor, 2: no-anchor");
    let inactive = revision("web", 1, false, "HOST/app:v2");
    assert!(case(images()).used(inactive).keeping(rule).verdicts().contains("1: no-anchor"));
    let gone = revision("web", 2, true, "HOST/app:gone");
    let known = revision("web", 1, true, "HOST/app:v2");
    let verdicts = case(images()).used(gone).used(known).keeping(rule).verdicts();
    assert!(verdicts.contains("1: no-anchor"), "{verdicts}");
}

#[test]
fn an_image_with_a_fallback_tag_beside_others_is_kept_where_it_would_have_had_a_place() {
    let signature = format!("sha256-{}.sig", digest(9).hex());
    let images = || {
        [
            tagged(1, 40, &["v4"]),
            tagged(2, 41, &["v3", &signature]),
            tagged(3, 42, &["v2"]),
            tagged(4, 43, &["v1", &format!("{signature}2")]),
        ]
    };
    let verdicts = case(images()).keeping(|keep| keep.set(Newest::plain(2))).verdicts();
    assert_eq!(verdicts, "1: newest, 2: newest, 3: newest, 4: delete");
    let releases = Releases { newest: 1, per: ReleaseLine::All };
    let named = |image: Image, tag: &str| {
        let tags = image.tags.iter().map(|own| own.replace('v', tag).into()).collect();
        Image { tags, ..image }
    };
    let releases = case(images().map(|it| named(it, "1."))).keeping(|keep| keep.set(releases));
    assert_eq!(releases.verdicts(), "1: releases, 2: delete, 3: delete, 4: delete");
}

fn in_clauses(images: impl IntoIterator<Item = Image>, clauses: Vec<Clause>) -> Case {
    case(images).with(|case| case.policy.repositories[0].keep = Keep(clauses))
}

fn of_tags(pattern: &str) -> Clause {
    Clause::default().over(LooksAt::Tags(vec![pattern.parse().unwrap()]))
}

#[test]
fn a_reason_says_by_which_of_several_clauses() {
    let clauses = vec![of_tags("prod-*").with(Newest::plain(1)), of_tags("*-2").with(Tagged)];
    let plan = in_clauses([tagged(1, 60, &["prod-2"])], clauses).plan().plan;
    let details: Vec<_> = plan.keep[0].reasons.iter().map(|reason| &*reason.detail).collect();
    assert_eq!(
        details,
        ["number 1 of the newest 1 images, by `keep[0]`", "it has a tag, by `keep[1]`"]
    );
}

#[test]
fn what_would_keep_an_image_is_told_of_each_clause() {
    let dev_and_v = || vec!["dev*".parse().unwrap(), "v*".parse().unwrap()];
    let except = Clause::default().over(LooksAt::ExceptTags(vec!["dev*".parse().unwrap()]));
    let untagged = Clause::default().over(LooksAt::Images(OfImages::Untagged));
    let clauses = vec![
        of_tags("prod-*").with(Newest::plain(1)),
        of_tags("dev-*").with(Newest::plain(1)),
        except.with(Tagged),
        untagged.with(Tagged),
        Clause::default().over(LooksAt::AllTags(dev_and_v())).with(Tagged),
        Clause::default().over(LooksAt::WithoutTags(dev_and_v())).with(Tagged),
    ];
    let images = [tagged(1, 60, &["dev-2"]), tagged(2, 70, &["dev-1"])];
    let unmet = in_clauses(images, clauses).explain(2).unwrap().unmet;
    let told: Vec<_> = unmet
        .iter()
        .filter(|unmet| unmet.rule.starts_with("keep"))
        .map(|unmet| (&*unmet.rule, &*unmet.detail))
        .collect();
    assert_eq!(
        told,
        [
            ("keep[0].of", "not looked at: none of `dev-1` matches `prod-*`"),
            ("keep[1].newest", "number 2, not among the newest 1 images"),
            ("keep[2].of", "not looked at: it has no tag but such as are excepted"),
            ("keep[3].of", "not looked at: it is tagged"),
            ("keep[4].of", "not looked at: none of `dev-1` matches `v*`"),
            ("keep[5].of", "not looked at: it has one of the tags"),
        ]
    );
}

#[test]
fn a_clause_asks_for_all_of_several_tags_or_for_none() {
    let patterns = || vec!["build-*".parse().unwrap(), "*-signed".parse().unwrap()];
    let images = || {
        [
            tagged(1, 60, &["build-1", "1-signed"]),
            tagged(2, 61, &["build-2"]),
            tagged(3, 62, &["build-3-signed"]),
            tagged(4, 63, &["v4"]),
            image(5, 64),
        ]
    };
    let all = Clause::default().over(LooksAt::AllTags(patterns())).with(Tagged);
    let verdicts = in_clauses(images(), vec![all]).verdicts();
    assert_eq!(verdicts, "1: tagged, 2: delete, 3: tagged, 4: delete, 5: delete");
    let newest = Newest::plain(2);
    let without = Clause::default().over(LooksAt::WithoutTags(patterns())).with(newest);
    let verdicts = in_clauses(images(), vec![without]).verdicts();
    assert_eq!(verdicts, "1: delete, 2: delete, 3: delete, 4: newest, 5: newest");
}

#[test]
fn a_clause_looks_at_what_is_archived_or_at_what_is_not() {
    let in_archive = |image: Image, status| Image { status, ..image };
    let images = || {
        [
            image(1, 60),
            in_archive(image(2, 61), ImageStatus::Archived),
            in_archive(image(3, 62), ImageStatus::Activating),
        ]
    };
    let of = |of| {
        let ages = PushedWithin::Age("100d".parse().unwrap());
        in_clauses(images(), vec![Clause::default().over(LooksAt::Storage(of)).with(ages)])
    };
    let verdicts = of(OfStorage::Archived).verdicts();
    assert_eq!(verdicts, "1: delete, 2: pushed-within, 3: recently-pulled");
    let verdicts = of(OfStorage::Active).verdicts();
    assert_eq!(verdicts, "1: pushed-within, 2: delete, 3: recently-pulled pushed-within");
    let unmet = of(OfStorage::Active).explain(2).unwrap().unmet;
    assert_eq!(&*unmet.last().unwrap().detail, "not looked at: it is archived");
}

#[test]
fn without_an_anchor_a_clause_keeps_its_own_images_alone() {
    let clauses = vec![of_tags("v*").with(behind(&["prod"], None, 0)), of_tags("x").with(Tagged)];
    let verdicts = in_clauses([tagged(1, 60, &["v1"]), image(2, 60)], clauses).verdicts();
    assert_eq!(verdicts, "1: no-anchor, 2: delete");
}

//! Verdicts by usage, time and graph, and what blocks.

use jiff::SignedDuration;

use crate::policy::{OnExceed, PushedWithin, Tags};
use crate::testing::{
    HOST, case, days_ago, digest, home, image, index, place, referrer, tagged, usage,
};
use crate::{
    Admitted, CacheRule, CacheRules, Coverage, CoverageDefault, CoverageRow, CoverageStatus, Image,
    ImageStatus, MediaType, Place, Probed, Source, WarningCode,
};

#[test]
fn what_nothing_keeps_is_deleted() {
    assert_eq!(case([image(1, 60)]).verdicts(), "1: delete");
}

#[test]
fn an_image_used_by_tag_is_kept() {
    let verdicts = case([tagged(1, 60, &["v1"]), tagged(2, 60, &["v2"])])
        .used(usage("ecs-service", "HOST/app:v1"))
        .verdicts();
    assert_eq!(verdicts, "1: used-by-ecs-service, 2: delete");
}

#[test]
fn a_reference_without_tag_and_digest_means_latest() {
    let verdicts =
        case([tagged(1, 60, &["latest"])]).used(usage("lambda-version", "HOST/app")).verdicts();
    assert_eq!(verdicts, "1: used-by-lambda-version");
}

#[test]
fn a_reference_by_tag_and_digest_keeps_both() {
    let reference = format!("HOST/app:v1@{}", digest(2));
    let verdicts = case([tagged(1, 60, &["v1"]), image(2, 60), image(3, 60)])
        .used(usage("ecs-task", &reference))
        .verdicts();
    assert_eq!(verdicts, "1: used-by-ecs-task, 2: used-by-ecs-task, 3: delete");
}

#[test]
fn a_resolved_digest_is_kept_after_its_tag_moved() {
    let mut used = usage("ecs-service-revision", "HOST/app:v1");
    used.resolved = Some(digest(1));
    let verdicts = case([image(1, 60), tagged(2, 50, &["v1"])]).used(used).verdicts();
    assert_eq!(verdicts, "1: used-by-ecs-service-revision, 2: used-by-ecs-service-revision");
}

#[test]
fn a_digest_used_anywhere_is_kept_in_every_repository() {
    for reference in ["HOST/other", "docker.io/library/app"] {
        let used = usage("kubernetes-pod", &format!("{reference}@{}", digest(1)));
        let verdicts = case([image(1, 60)]).used(used).verdicts();
        assert_eq!(verdicts, "1: used-by-kubernetes-pod", "{reference}");
    }
}

#[test]
fn a_reference_to_another_registry_or_repository_keeps_nothing_by_tag() {
    let other = HOST.replace("111122223333", "444455556666");
    for reference in
        ["HOST/app2:v1".to_owned(), "HOST/my-app:v1".to_owned(), format!("{other}/app:v1")]
    {
        let verdicts =
            case([tagged(1, 60, &["v1"])]).used(usage("ecs-task", &reference)).verdicts();
        assert_eq!(verdicts, "1: delete", "{reference}");
    }
}

#[test]
fn what_names_a_cache_uses_the_image_upstream() {
    let cache = place("444455556666", "us-east-1");
    let rule = CacheRule { prefix: "up".into(), upstream: home(), upstream_prefix: "ROOT".into() };
    let host = "444455556666.dkr.ecr.us-east-1.amazonaws.com";
    for (reference, expected) in [
        (format!("{host}/up/app:v1"), "1: used-by-ecs-task, 2: delete"),
        (format!("{host}/up/app@{}", digest(2)), "1: delete, 2: used-by-ecs-task"),
        (format!("{host}/app:v1"), "1: delete, 2: delete"),
    ] {
        let case = case([tagged(1, 60, &["v1"]), image(2, 60)])
            .used(usage("ecs-task", &reference))
            .with(|case| {
                let Place { account, region } = cache.clone();
                let rules = vec![rule.clone()];
                case.cache_rules = vec![CacheRules { account, region, rules, unread: None }];
            });
        assert_eq!(case.verdicts(), expected, "{reference}");
    }
}

#[test]
fn a_reference_where_deletions_are_replicated_to_counts_at_the_source() {
    let verdicts = case([tagged(1, 60, &["v1"])])
        .used(usage("ecs-task", &format!("{}/app:v1", HOST.replace("eu-west-1", "us-east-1"))))
        .with(|case| {
            case.replication.insert(home(), vec![place("111122223333", "us-east-1")]);
        })
        .verdicts();
    assert_eq!(verdicts, "1: used-by-ecs-task");
}

#[test]
fn an_index_that_lists_a_used_image_is_kept_with_all_its_children() {
    let used = usage("ecs-task", &format!("HOST/app@{}", digest(1)));
    let verdicts = case([image(1, 60), image(2, 60), index(3, 60, &[1, 2]), index(4, 60, &[3])])
        .used(used)
        .verdicts();
    assert_eq!(
        verdicts,
        "1: used-by-ecs-task child-of-kept-index, 2: child-of-kept-index, \
         3: index-of-used-image child-of-kept-index, 4: index-of-used-image"
    );
}

#[test]
fn an_index_that_lists_a_kept_but_unused_image_can_go() {
    let verdicts = case([tagged(1, 60, &["keep"]), index(2, 60, &[1])])
        .keeping(|keep| keep.set(Tags(vec!["keep".parse().unwrap()])))
        .verdicts();
    assert_eq!(verdicts, "1: tags, 2: delete");
}

#[test]
fn indexes_that_were_all_pulled_at_once_are_told_for_what_another_store_has_read() {
    let told = |seconds: i64, n: u8| {
        let pulled = |mut image: Image, after: i64| {
            image.pulled_at = Some(days_ago(1) + SignedDuration::from_secs(after));
            image
        };
        let last = if n == 3 { index(3, 60, &[6]) } else { image(3, 60) };
        let images = [
            pulled(index(1, 60, &[4]), 0),
            pulled(index(2, 60, &[5]), 3),
            pulled(last, seconds),
            image(4, 60),
            image(5, 60),
            image(6, 60),
        ];
        let warnings = case(images).plan().warnings;
        let of_it = warnings.iter().find(|it| it.code == WarningCode::OnlyRecentlyPulled);
        of_it.unwrap().detail.contains("another run store")
    };
    assert!(told(60, 3), "three indexes within a minute");
    assert!(!told(61, 3), "three indexes in more than a minute");
    assert!(!told(5, 0), "one of them is an image that somebody may deploy");
}

#[test]
fn the_age_limits_are_inclusive() {
    let pulled = |n, days| Image { pulled_at: Some(days_ago(days)), ..image(n, 60) };
    let restored = Image { restored_at: Some(days_ago(3)), ..pulled(5, 50) };
    let verdicts =
        case([image(1, 7), image(2, 8), pulled(3, 30), pulled(4, 31), restored]).verdicts();
    assert_eq!(
        verdicts,
        "1: too-new, 2: delete, 3: recently-pulled, 4: delete, 5: recently-pulled"
    );
}

#[test]
fn an_image_without_a_push_time_is_kept() {
    let verdicts = case([Image { pushed_at: None, ..image(1, 0) }]).verdicts();
    assert_eq!(verdicts, "1: push-time-unknown");
}

#[test]
fn children_and_referrers_of_a_kept_index_are_kept_recursively() {
    let mut tagged_index = index(1, 60, &[2, 9]);
    tagged_index.tags.push("keep".into());
    let signature = format!("sha256-{}.sig", digest(4).hex());
    let verdicts = case([
        tagged_index,
        index(2, 60, &[3, 3]),
        image(3, 60),
        referrer(4, 60, 3),
        tagged(5, 60, &[&signature]),
        referrer(6, 60, 8),
    ])
    .keeping(|keep| keep.set(Tags(vec!["keep".parse().unwrap()])))
    .verdicts();
    assert_eq!(
        verdicts,
        "1: tags, 2: child-of-kept-index, 3: child-of-kept-index, 4: referrer-of-kept-image, \
         5: referrer-of-kept-image, 6: delete"
    );
}

#[test]
fn a_kept_referrer_does_not_keep_its_subject() {
    let signature = Image { tags: vec!["keep".into()], ..referrer(2, 60, 1) };
    let verdicts = case([image(1, 60), signature])
        .keeping(|keep| keep.set(Tags(vec!["keep".parse().unwrap()])))
        .verdicts();
    assert_eq!(verdicts, "1: delete, 2: tags");
}

#[test]
fn images_that_list_and_refer_to_one_another_in_a_circle_are_decided() {
    let images = || [index(1, 60, &[2]), index(2, 60, &[1]), referrer(3, 60, 3)];
    assert_eq!(case(images()).verdicts(), "1: delete, 2: delete, 3: delete");
    let used = usage("ecs-task", &format!("HOST/app@{}", digest(1)));
    assert_eq!(
        case(images()).used(used).verdicts(),
        "1: used-by-ecs-task index-of-used-image child-of-kept-index, \
         2: index-of-used-image child-of-kept-index, 3: delete"
    );
}

#[test]
fn what_is_not_an_image_is_kept_unless_it_belongs_to_one() {
    let artifact = |image: Image| Image {
        artifact_type: Some("application/vnd.cncf.helm.config.v1+json".into()),
        ..image
    };
    let docker = Image {
        artifact_type: Some("application/vnd.docker.container.image.v1+json".into()),
        ..image(4, 60)
    };
    let verdicts = case([
        artifact(image(1, 60)),
        artifact(referrer(2, 60, 9)),
        artifact(image(3, 60)),
        docker,
        index(5, 60, &[3]),
    ])
    .verdicts();
    assert_eq!(verdicts, "1: not-an-image, 2: delete, 3: delete, 4: delete, 5: delete");
}

#[test]
fn an_index_whose_children_are_not_known_blocks_its_repository() {
    let unread = Image { children: None, ..index(1, 60, &[]) };
    let unknown = Image { media_type: MediaType::from("application/x"), ..image(1, 60) };
    for odd in [unread, unknown] {
        let verdicts = case([odd, image(2, 60)]).verdicts();
        assert_eq!(verdicts, "1: manifest-unreadable, blocked manifest-unreadable: 2");
    }
}

#[test]
fn nothing_is_blocked_where_nothing_would_go() {
    let unread = Image { children: None, ..index(1, 60, &[]) };
    assert_eq!(case([unread]).verdicts(), "1: manifest-unreadable");
}

fn failed(source: Source, region: &str) -> CoverageRow {
    CoverageRow {
        account: "444455556666".parse().unwrap(),
        region: region.parse().unwrap(),
        cluster: None,
        source,
        status: CoverageStatus::Failed,
        reason: Some("denied".into()),
        probed: None,
        remedies: Vec::new(),
    }
}

#[test]
fn a_source_that_failed_anywhere_blocks_but_lambda_only_in_its_own_region() {
    for (source, region, blocked) in [
        (Source::Ecs, "us-east-1", true),
        (Source::Lambda, "us-east-1", false),
        (Source::Lambda, "eu-west-1", true),
        (Source::Kubernetes, "ap-south-1", true),
    ] {
        let plan = case([image(1, 60)])
            .with(|case| case.coverage.except.push(failed(source, region)))
            .plan();
        assert_eq!(!plan.plan.blocked.is_empty(), blocked, "{source} {region}");
        assert_eq!(plan.plan.summary.would_delete, u64::from(blocked));
    }
}

#[test]
fn coverage_that_failed_by_default_blocks_until_every_source_is_off() {
    let coverage = Coverage { default: CoverageDefault::Failed, except: Vec::new() };
    let blocked =
        case([image(1, 60)]).with(|case| case.coverage = coverage.clone()).plan().plan.blocked;
    assert_eq!(blocked.len(), 1);
    let verdicts = case([image(1, 60)])
        .with(|case| {
            case.coverage = coverage;
            case.policy.scope.off = Source::ALL.map(off).to_vec();
        })
        .verdicts();
    assert_eq!(verdicts, "1: delete");
}

fn off(source: Source) -> crate::policy::Off {
    crate::policy::Off {
        source: Some(source),
        accounts: Vec::new(),
        regions: std::collections::BTreeSet::new(),
        clusters: std::collections::BTreeSet::new(),
        reason: "not used".into(),
        even_if_used: false,
    }
}

#[test]
fn a_source_that_the_policy_turns_off_does_not_block() {
    let verdicts = case([image(1, 60)])
        .with(|case| {
            case.coverage.except.push(failed(Source::Sagemaker, "eu-west-1"));
            case.policy.scope.off.push(off(Source::Sagemaker));
        })
        .verdicts();
    assert_eq!(verdicts, "1: delete");
}

#[test]
fn a_source_that_is_off_and_there_blocks_unless_it_is_off_even_if_used() {
    for (probed, even_if_used, verdicts) in [
        (Some(Probed::Used), false, "blocked incomplete-usage: 1"),
        (Some(Probed::Used), true, "1: delete"),
        (None, false, "1: delete"),
    ] {
        let row = CoverageRow { probed, ..failed(Source::Sagemaker, "eu-west-1") };
        let case = case([image(1, 60)]).with(|case| {
            case.coverage.except.push(row);
            case.policy
                .scope
                .off
                .push(crate::policy::Off { even_if_used, ..off(Source::Sagemaker) });
        });
        assert_eq!(case.verdicts(), verdicts, "{probed:?} {even_if_used}");
    }
}

#[test]
fn a_source_off_for_some_clusters_only_still_blocks() {
    let verdicts = case([image(1, 60)])
        .with(|case| {
            case.coverage.except.push(failed(Source::Kubernetes, "eu-west-1"));
            let clusters = std::collections::BTreeSet::from(["lab".into()]);
            case.policy.scope.off.push(crate::policy::Off { clusters, ..off(Source::Kubernetes) });
        })
        .verdicts();
    assert_eq!(verdicts, "blocked incomplete-usage: 1");
}

#[test]
fn a_cluster_that_failed_blocks_until_it_is_off() {
    let failed_in = |cluster: &str| CoverageRow {
        cluster: Some(cluster.parse().unwrap()),
        ..failed(Source::Kubernetes, "ap-south-1")
    };
    let lab_is_off = |cluster: &str| {
        let row = failed_in(cluster);
        case([image(1, 60)]).with(|case| {
            case.coverage.except.push(row);
            let clusters = std::collections::BTreeSet::from(["lab".into()]);
            case.policy.scope.off.push(crate::policy::Off { clusters, ..off(Source::Kubernetes) });
        })
    };
    assert_eq!(lab_is_off("lab").verdicts(), "1: delete");
    assert_eq!(lab_is_off("blue").verdicts(), "blocked incomplete-usage: 1");
}

#[test]
fn a_reference_that_looks_like_ecr_and_cannot_be_read_blocks() {
    let case = || case([image(1, 60)]).used(usage("ecs-task", "HOST/App:v1"));
    assert_eq!(case().verdicts(), "blocked incomplete-usage: 1");
}

/// A deployment of `app:v1`, so many days ago.
fn deployed(kind: &str, days: i64) -> crate::Usage {
    crate::Usage { deployed_at: Some(days_ago(days)), ..usage(kind, "HOST/app:v1") }
}

const DEPLOYMENTS: [&str; 3] = ["app-runner-service", "ecs-service", "lambda-version"];

#[test]
fn a_tag_that_moved_after_a_deployment_blocks_unless_its_own_row_is_resolved() {
    let images = || [tagged(1, 20, &["v1"]), image(2, 50), image(3, 30)];
    for kind in DEPLOYMENTS {
        let blocked = format!("1: used-by-{kind}, blocked unresolved-deployment: 3 2");
        assert_eq!(case(images()).used(deployed(kind, 40)).verdicts(), blocked);

        let mut resolved = deployed(kind, 40);
        resolved.resolved = Some(digest(2));
        let verdicts = case(images()).used(resolved).verdicts();
        assert_eq!(verdicts, format!("1: used-by-{kind}, 2: used-by-{kind}, 3: delete"));

        assert!(!case(images()).used(deployed(kind, 20)).verdicts().contains("blocked"));
        let undated = usage(kind, "HOST/app:v1");
        assert!(!case(images()).used(undated).verdicts().contains("blocked"));
        let by_digest = crate::Usage {
            reference: format!("{HOST}/app:v1@{}", digest(2)).into(),
            ..deployed(kind, 40)
        };
        assert!(!case(images()).used(by_digest).verdicts().contains("blocked"));
    }
}

#[test]
fn what_another_consumer_resolved_says_nothing_of_a_deployment() {
    let mut task = usage("ecs-task", "HOST/app:v1");
    task.resolved = Some(digest(2));
    let images = [tagged(1, 20, &["v1"]), image(2, 50), image(3, 45)];
    let verdicts = case(images).used(deployed("ecs-service", 40)).used(task).verdicts();
    assert!(verdicts.contains("blocked unresolved-deployment: 3"), "{verdicts}");
}

#[test]
fn a_tag_on_an_image_of_unknown_push_time_may_have_moved() {
    let unknown = Image { pushed_at: None, ..tagged(1, 60, &["v1"]) };
    let verdicts = case([unknown, image(2, 10)])
        .with(|case| case.policy.minimum_age = crate::Age::days(1))
        .used(deployed("lambda-version", 40))
        .verdicts();
    assert!(verdicts.contains("blocked unresolved-deployment: 2"), "{verdicts}");
}

#[test]
fn a_tag_that_is_gone_blocks_where_something_would_go_that_was_there_before() {
    let verdicts = |days| case([image(1, days)]).used(deployed("ecs-service", 40)).verdicts();
    assert_eq!(verdicts(40), "blocked unresolved-deployment: 1");
    assert_eq!(verdicts(39), "1: delete");
    let child = case([tagged(1, 60, &["v2"]), index(2, 60, &[3]), image(3, 60)])
        .keeping(|keep| keep.set(Tags(vec!["v2".parse().unwrap()])))
        .used(deployed("ecs-service", 40));
    assert!(child.verdicts().contains("blocked unresolved-deployment: 2 3"));
}

#[test]
fn a_tag_that_may_have_been_put_back_blocks_where_something_newer_would_go() {
    let verdicts = |others: &[Image]| {
        let images = [tagged(1, 60, &["v1"])].into_iter().chain(others.iter().cloned());
        case(images).used(deployed("ecs-service", 40)).verdicts()
    };
    let blocked = "1: used-by-ecs-service, blocked unresolved-deployment: 2";
    assert_eq!(verdicts(&[image(2, 50)]), blocked);
    assert_eq!(verdicts(&[tagged(2, 40, &["v2"])]), blocked);
    // Pushed before the image that has the tag, at its time, or after the deployment.
    for days in [70, 60, 39] {
        assert_eq!(verdicts(&[image(2, days)]), "1: used-by-ecs-service, 2: delete");
    }
    // A child or a referrer is not what is deployed by a tag.
    let child = verdicts(&[index(2, 70, &[3]), image(3, 50)]);
    assert_eq!(child, "1: used-by-ecs-service, 2: delete, 3: delete");
    let signature = verdicts(&[image(2, 70), referrer(3, 50, 2)]);
    assert_eq!(signature, "1: used-by-ecs-service, 2: delete, 3: delete");
}

#[test]
fn a_repository_that_somebody_unscanned_may_pull_from_is_blocked() {
    let allowing = |admitted: Admitted| {
        case([image(1, 60)]).with(|case| case.repository.allows.push(admitted))
    };
    let other = Admitted::Account("444455556666".parse().unwrap());
    let blocked = "blocked unscanned-consumer: 1";
    for admitted in [Admitted::Public, Admitted::Organization, other.clone()] {
        assert_eq!(allowing(admitted.clone()).verdicts(), blocked);
        let verdicts = allowing(admitted.clone())
            .with(|case| {
                let accounts = vec![admitted];
                let off = off(Source::Ecs);
                case.policy.scope.off.push(crate::policy::Off { source: None, accounts, ..off });
            })
            .verdicts();
        assert_eq!(verdicts, "1: delete");
    }
    let scanned = allowing(other).with(|case| {
        let row = failed(Source::Ecs, "eu-west-1");
        case.coverage.except.push(CoverageRow { status: CoverageStatus::Complete, ..row });
    });
    assert_eq!(scanned.verdicts(), "1: delete");
}

#[test]
fn a_repository_whose_deletions_go_to_an_account_that_nobody_looked_at_is_blocked() {
    let other = || "444455556666".parse().unwrap();
    let reaching = |account: &str| {
        case([image(1, 60)]).with(|case| {
            let there = ["eu-west-1", "us-east-1"].map(|region| place(account, region));
            case.replication.insert(home(), there.to_vec());
        })
    };
    assert_eq!(reaching("444455556666").verdicts(), "blocked unscanned-consumer: 1");
    let told = "deletions here go to a registry of account 444455556666, too, and its usage was \
                not looked at";
    assert_eq!(&*reaching("444455556666").plan().plan.blocked[0].detail, told);
    // Whoever sweeps the account of the source looks at it.
    assert_eq!(reaching("111122223333").verdicts(), "1: delete");

    let off_as_a_whole = reaching("444455556666").with(|case| {
        let accounts = vec![Admitted::Account(other())];
        let off = off(Source::Ecs);
        case.policy.scope.off.push(crate::policy::Off { source: None, accounts, ..off });
    });
    assert_eq!(off_as_a_whole.verdicts(), "1: delete");
    let scanned = reaching("444455556666").with(|case| {
        let row = failed(Source::Ecs, "us-east-1");
        let status = CoverageStatus::Complete;
        case.coverage.except.push(CoverageRow { account: other(), status, ..row });
    });
    assert_eq!(scanned.verdicts(), "1: delete");
}

#[test]
fn beyond_a_limit_nothing_is_deleted_and_equal_to_it_is_allowed() {
    let limited = |images| {
        case([image(1, 60), image(2, 61), image(3, 62)])
            .with(|case| case.policy.repositories[0].limits.images = Some(images))
    };
    assert_eq!(limited(3).verdicts(), "1: delete, 2: delete, 3: delete");
    assert_eq!(limited(2).verdicts(), "blocked over-limit: 1 2 3");
}

#[test]
fn the_oldest_go_up_to_the_limit_but_never_the_children_of_what_stays() {
    let limited = |images| {
        case([index(1, 60, &[4]), image(2, 61), image(3, 62), image(4, 63)])
            .with(|case| {
                let limits = &mut case.policy.repositories[0].limits;
                limits.images = Some(images);
                limits.on_exceed = OnExceed::OldestFirst;
            })
            .verdicts()
    };
    let verdicts = "1: over-limit, 2: over-limit, 3: delete, 4: child-of-kept-index";
    assert_eq!(limited(1), verdicts);
    // The index and its child go together, and do not fit with the two that are older.
    let verdicts = "1: over-limit, 2: delete, 3: delete, 4: child-of-kept-index";
    assert_eq!((limited(2), limited(3)), (verdicts.to_owned(), verdicts.to_owned()));
}

#[test]
fn a_repository_s_own_tag_can_say_how_long_and_a_bad_one_keeps_everything() {
    let tagged_with = |value: &str| {
        case([image(1, 20), image(2, 40)])
            .keeping(|keep| {
                let tag = "KeepDays".into();
                let default = "60d".parse().unwrap();
                keep.set(PushedWithin::RepositoryTag { tag, default });
            })
            .with(|case| {
                if !value.is_empty() {
                    case.repository.tags.insert("KeepDays".into(), value.into());
                }
            })
    };
    assert_eq!(tagged_with("").verdicts(), "1: pushed-within, 2: pushed-within");
    assert_eq!(tagged_with("30").verdicts(), "1: pushed-within, 2: delete");
    for value in ["a month", "30d", "-1", " 30", "3.5"] {
        let planned = tagged_with(value).plan();
        assert_eq!(planned.plan.summary.delete, 0, "{value}");
        assert_eq!(planned.warnings[0].code, WarningCode::RepositoryTagUnreadable);
    }
}

#[test]
fn a_reference_to_an_image_that_does_not_exist_is_reported() {
    let planned = case([tagged(1, 60, &["v1"])])
        .used(usage("ecs-task", "HOST/app:v2"))
        .used(usage("ecs-task", &format!("HOST/app:v1@{}", digest(9))))
        .plan();
    let codes: Vec<_> = planned.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [WarningCode::MissingImage; 2]);
}

#[test]
fn an_archived_image_that_is_used_is_kept_and_one_that_is_not_is_deleted() {
    let archived = |n, tag| Image { status: ImageStatus::Archived, ..tagged(n, 60, &[tag]) };
    let verdicts = case([archived(1, "v1"), archived(2, "v2")])
        .used(usage("ecs-task", "HOST/app:v1"))
        .verdicts();
    assert_eq!(verdicts, "1: used-by-ecs-task, 2: delete");
}

#[test]
fn a_plan_says_how_much_only_old_revisions_keep() {
    use crate::testing::revision;
    let planned = case([tagged(1, 60, &["v1"]), tagged(2, 50, &["v2"])])
        .used(revision("web", 1, true, "HOST/app:v1"))
        .used(revision("web", 2, true, "HOST/app:v2"))
        .plan();
    assert_eq!(planned.warnings.len(), 1);
    assert_eq!(planned.warnings[0].code, WarningCode::OldRevisionsOnly);
    assert!(planned.warnings[0].detail.contains("keeps 1 image, 1 B;"));
}

#[test]
fn what_an_index_lists_that_only_an_old_revision_keeps_is_counted_and_the_index_has_no_bytes() {
    use crate::testing::revision;
    let listed = Image { tags: vec!["v1".into()], ..index(3, 60, &[1, 2]) };
    let planned = case([image(1, 60), image(2, 60), listed, tagged(4, 50, &["v2"])])
        .used(revision("web", 1, true, "HOST/app:v1"))
        .used(revision("web", 2, true, "HOST/app:v2"))
        .plan();
    let detail = &planned.warnings[0].detail;
    assert!(detail.contains("keeps 3 images, 2 B;"), "{detail}");
}

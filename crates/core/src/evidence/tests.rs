use std::collections::BTreeMap;

use super::*;
use crate::testing::{HOST, digest, home, place, usage};

fn index(rows: Vec<Usage>, replication: BTreeMap<Place, Vec<Place>>) -> UsageIndex {
    UsageIndex::new(rows, &Coverage::COMPLETE, &Policy::default(), replication)
}

#[test]
fn the_rows_that_name_a_repository_and_those_with_a_digest_give_the_same_evidence() {
    let mut resolved = usage("ecs-task", "HOST/other:v1");
    resolved.resolved = Some(digest(1));
    let there = HOST.replace("eu-west-1", "us-east-1");
    let rows = vec![
        usage("ecs-task", "HOST/app:v1"),
        usage("ecs-task", "HOST/other:v1"),
        usage("ecs-task", &format!("{there}/app:v2")),
        usage("ecs-task", &format!("nginx@{}", digest(2))),
        resolved,
    ];
    let replication = BTreeMap::from([(home(), vec![place("111122223333", "us-east-1")])]);
    let whole = index(rows, replication.clone());
    let part =
        whole.rows_naming(&RepositoryId::new(&home(), "app")).chain(whole.rows_with_digest());
    let part = index(part.cloned().collect(), replication);
    let show = |index: &UsageIndex| {
        let evidence = index.evidence_for(&RepositoryId::new(&home(), "app"));
        let digests: Vec<_> =
            [1, 2, 3].map(|n| evidence.of_digest(digest(n)).cloned().collect::<Vec<_>>()).into();
        let named: Vec<_> =
            evidence.named.iter().map(|it| (it.tag, it.digest, it.is_here)).collect();
        format!("{named:?} {digests:?}")
    };
    assert_eq!(whole.rows_naming(&RepositoryId::new(&home(), "app")).count(), 2);
    assert_eq!(whole.rows_with_digest().count(), 2);
    assert_eq!(show(&whole), show(&part));
}

#[test]
fn what_was_not_seen_is_a_gap() {
    let whole = index(Vec::new(), BTreeMap::new());
    assert!(whole.is_complete() && whole.gaps().is_empty());
    let row = crate::CoverageRow {
        account: home().account,
        region: home().region,
        cluster: None,
        source: crate::Source::Ecs,
        status: crate::CoverageStatus::Failed,
        reason: None,
        probed: None,
        remedies: Vec::new(),
    };
    let coverage = Coverage { except: vec![row], ..Coverage::COMPLETE };
    let part = UsageIndex::new(Vec::new(), &coverage, &Policy::default(), BTreeMap::new());
    assert!(!part.is_complete());
    assert_eq!(part.gaps().len(), 1);
}

#[test]
fn the_same_row_twice_counts_once() {
    let index = index(vec![usage("ecs-task", "HOST/app:v1"); 2], BTreeMap::new());
    assert_eq!(index.evidence_for(&RepositoryId::new(&home(), "app")).named.len(), 1);
}

fn cache_of(upstream: &Place) -> CacheRules {
    let Place { account, region } = home();
    let rule = crate::CacheRule {
        prefix: "up".into(),
        upstream: upstream.clone(),
        upstream_prefix: "team".into(),
    };
    CacheRules { account, region, rules: vec![rule], unread: None }
}

#[test]
fn what_names_a_cache_names_what_is_upstream_in_whole_and_in_part() {
    let upstream = place("444455556666", "us-east-1");
    let rules = [cache_of(&upstream)];
    let rows = vec![
        usage("ecs-task", "HOST/up/app:v1"),
        usage("ecs-task", &format!("HOST/up/app@{}", digest(1))),
        usage("ecs-task", "HOST/other/app:v2"),
    ];
    let app = RepositoryId::new(&upstream, "team/app");
    let named = |index: &UsageIndex| -> Vec<_> {
        let evidence = index.evidence_for(&app);
        evidence.named.iter().map(|it| (it.tag.map(str::to_owned), it.digest, it.is_here)).collect()
    };
    let whole = index(rows, BTreeMap::new()).with_cache_rules(&rules[..]);
    let expected = [(Some("v1".to_owned()), None, false), (None, Some(digest(1)), false)];
    assert_eq!(named(&whole), expected);
    assert_eq!(whole.evidence_for(&RepositoryId::new(&upstream, "app")).named.len(), 0);
    let part = whole.rows_naming(&app).cloned().collect();
    assert_eq!(named(&index(part, BTreeMap::new()).with_cache_rules(&rules[..])), expected);
}

#[test]
fn what_names_a_cache_whose_rules_are_not_known_may_be_any_repository_of_that_name() {
    let unread = CacheRules {
        rules: Vec::new(),
        unread: Some("denied; allow it".into()),
        ..cache_of(&home())
    };
    let rows = vec![usage("ecs-task", "HOST/up/app:v1")];
    let index = index(rows, BTreeMap::new()).with_cache_rules([unread]);
    let named = |registry: &Place, name: &str| {
        let evidence = index.evidence_for(&RepositoryId::new(registry, name));
        evidence.named.iter().map(|it| it.is_here).collect::<Vec<_>>()
    };
    let elsewhere = place("444455556666", "us-east-1");
    assert_eq!(named(&elsewhere, "team/app"), [false]);
    assert!(named(&elsewhere, "team/web").is_empty());
    assert_eq!((named(&home(), "up/app"), named(&home(), "other/app").len()), (vec![true], 0));
    let warnings = index.warnings();
    let expected = "the settings of 111122223333/eu-west-1 could not be read: denied; allow it";
    assert_eq!(warnings.iter().map(|it| &*it.detail).collect::<Vec<_>>(), [expected]);
}

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

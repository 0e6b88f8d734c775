//! What follows from one line in `rules!`: shown with a rule that is registered for tests alone.

use super::*;
use crate::policy::{Clause, KEEP};
use crate::testing::{case, tagged};
use crate::{Image, ReasonCode};

fn small(tag: &str) -> SmallerThan {
    SmallerThan { bytes: 100, tags: vec![tag.parse().unwrap()] }
}

fn sized(n: u8, size: u64) -> Image {
    Image { size_bytes: Some(size), ..tagged(n, 60, &[&format!("v{n}")]) }
}

#[test]
fn a_registered_rule_is_spelled_by_its_own_name() {
    assert_eq!(RuleName::ALL.len(), FIELDS.len());
    for (name, field) in RuleName::ALL.iter().zip(FIELDS) {
        assert_eq!(name.as_str(), field.name);
        assert!(field.doc.ends_with('.') && field.doc.starts_with("Keeps "), "{}", field.doc);
    }
    assert!(KEEP.field("smaller_than").is_some());
}

#[test]
fn a_registered_rule_keeps_and_its_code_is_its_name() {
    let verdicts =
        case([sized(1, 99), sized(2, 100)]).keeping(|keep| keep.set(small("v*"))).verdicts();
    assert_eq!(verdicts, "1: smaller-than, 2: delete");
    let code: ReasonCode = "smaller-than".parse().unwrap();
    assert_eq!(code, ReasonCode::Rule(RuleName::SmallerThan));
    assert!(ReasonCode::plain().contains(&(code, "The rule `smaller_than` keeps it.")));
}

#[test]
fn what_a_registered_rule_reads_and_matches_is_asked_of_it() {
    let keep = Clause::default().with(small("v*"));
    assert!(keep.looks_at_tags());
    assert_eq!(keep.needs().task_definition_revisions, 7);
}

#[test]
fn every_rule_reads_what_it_says() {
    let rules = [
        Rule::from(PushedWithin::RepositoryTag { tag: "a".into(), default: Age::days(3) }),
        PushedWithin::Age(Age::days(4)).into(),
        PulledWithin(Age::days(5)).into(),
        UsedWithin(Age::days(6)).into(),
        Newest(Counted {
            of: Some(OfImages::Untagged),
            per: Per::Kind,
            by: CountedBy::Pulled,
            count: 2,
        })
        .into(),
        Spare::plain(3).into(),
        Tags(vec!["a*".parse().unwrap(), "/b/".parse().unwrap()]).into(),
        Tagged.into(),
        Releases { newest: 4, per: ReleaseLine::Minor }.into(),
        BehindTags { tags: vec!["p".parse().unwrap()], within: None, newest: 0 }.into(),
        BehindDeployed { revisions: 6 }.into(),
        small("v1").into(),
    ];
    for name in RuleName::ALL {
        assert!(rules.iter().any(|rule| rule.name() == *name), "{name}");
    }
    for rule in rules {
        assert_eq!(rule.name().read(&rule.value()), Some(rule.clone()));
        let keep = Clause::default().with(rule);
        assert_eq!(Clause::of(&keep.values()), Some(keep));
    }
}

#[test]
fn a_rule_that_is_not_understood_is_no_policy() {
    let values = Values::default().with("smaller_than", Value::Yes);
    assert_eq!(Clause::of(&values), None);
}

#[test]
fn a_rule_takes_the_place_of_one_of_its_name_and_stands_in_the_order_of_names() {
    let keep = Clause::default().with(small("a")).with(Tagged).with(small("b"));
    let names: Vec<_> = keep.iter().map(Rule::name).collect();
    assert_eq!(names, [RuleName::Tagged, RuleName::SmallerThan]);
    assert_eq!(keep.get(), Some(&small("b")));
}

//! The golden plans: every folder of `tests/plans` is a story, and gives the plan that it has.

mod difference;
mod story;

use std::collections::BTreeSet;
use std::fmt::Write;

use ecr_sweep_core::{BlockCode, ReasonCode, Source, WarningCode};
use ecr_sweep_tests::model;

use crate::decision::as_the_model_says;

pub(crate) use story::Story;

/// What only a run over a live account can come upon.
pub(crate) const NOT_IN_A_SNAPSHOT: [WarningCode; 7] = [
    WarningCode::RepositoryGone,
    WarningCode::AccountNotActive,
    WarningCode::OwnerUnknown,
    WarningCode::ChannelUnheard,
    WarningCode::ReadByAnother,
    WarningCode::SizesAtMost,
    WarningCode::EarlierRunUnsettled,
];

/// Why only a run over a live account keeps an image: a plan from a snapshot remembers no run, so
/// grace does not apply.
pub(crate) const NOT_FROM_A_SNAPSHOT: [ReasonCode; 1] = [ReasonCode::InGrace];

/// The usage kinds of the sources whose kinds are closed.
pub(crate) fn closed_kinds() -> impl Iterator<Item = &'static str> {
    let closed = Source::ALL.into_iter().filter(|source| source.facts().has_no_other_kinds);
    closed.flat_map(|source| source.facts().kinds).map(|kind| kind.text)
}

#[test]
fn every_story_gives_its_plan() {
    let mut different = String::new();
    for story in Story::all() {
        let plan = story.plan();
        if std::env::var_os("UPDATE_PLANS").is_some_and(|value| value == "1") {
            story.write_plan(&plan);
            continue;
        }
        let planned = serde_json::to_value(plan).unwrap();
        if let Some(difference) = difference::between(&story.expected(), &planned) {
            let _ = writeln!(different, "{}:\n{difference}", story.name);
        }
    }
    assert!(
        different.is_empty(),
        "{different}`UPDATE_PLANS=1` writes what is planned now; read it before you commit it"
    );
}

#[test]
fn the_naive_model_agrees_on_every_story() {
    for story in Story::all() {
        let planned: Vec<_> = story.plan().plans.iter().map(as_the_model_says).collect();
        assert_eq!(model::plans(&story.snapshot(), &story.policy()), planned, "{}", story.name);
    }
}

#[test]
fn every_story_is_told_where_its_policy_begins() {
    for story in Story::all() {
        let name = &story.name;
        let is_a_sentence = name.split('-').filter(|word| !word.is_empty()).count() > 3;
        let is_kebab =
            name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit());
        assert!(is_a_sentence && is_kebab, "{name} does not say what happens");
        let told: Vec<&str> =
            story.policy_text.lines().map_while(|line| line.strip_prefix("# ")).collect();
        assert!(
            told.join(" ").len() > 60 && told.last().unwrap().ends_with('.'),
            "{name}: {told:?}"
        );
        assert_eq!(story.files(), ["plan.json", "policy.yaml", "snapshot.json"], "{name}");
    }
}

#[test]
fn the_page_of_the_plans_names_every_story() {
    let page = std::fs::read_to_string(story::folder().join("README.md")).unwrap();
    let named: BTreeSet<&str> = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.contains('/'))
        .collect();
    let stories = Story::all();
    let stories: BTreeSet<&str> = stories.iter().map(|story| story.name.as_str()).collect();
    assert_eq!(named, stories);
}

#[test]
fn every_code_occurs_in_a_story() {
    let (mut reasons, mut blocks, mut warnings) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut sources = BTreeSet::new();
    for story in Story::all() {
        let plan = story.plan();
        for kept in plan.plans.iter().flat_map(|plan| &plan.keep) {
            for reason in &kept.reasons {
                if let ReasonCode::UsedBy(kind) = &reason.code {
                    sources.insert(kind.source());
                }
                reasons.insert(reason.code.text().into_owned());
            }
        }
        blocks.extend(plan.plans.iter().flat_map(|plan| &plan.blocked).map(|block| block.code));
        warnings.extend(plan.warnings.iter().map(|warning| warning.code));
    }
    for (code, _) in ReasonCode::plain() {
        let is_told = reasons.contains(&*code.text());
        assert_ne!(is_told, NOT_FROM_A_SNAPSHOT.contains(&code), "stories with the reason {code}");
    }
    for kind in closed_kinds() {
        assert!(reasons.contains(&format!("used-by-{kind}")), "no story has usage by {kind}");
    }
    assert_eq!(sources, BTreeSet::from(Source::ALL));
    assert_eq!(blocks, BlockCode::ALL.into());
    warnings.extend(NOT_IN_A_SNAPSHOT);
    assert_eq!(warnings, WarningCode::ALL.into());
}

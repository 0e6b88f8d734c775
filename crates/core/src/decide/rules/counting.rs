//! The rules that keep so many of the newest: `newest` and `spare`.

use super::super::{Facts, Reasons};
use crate::policy::{Newest, OfImages, Per};
use crate::{Image, Reason, ReasonCode};

/// Keeps the newest, whatever else keeps them.
pub(super) fn newest(facts: &Facts<'_>, rule: Newest, reasons: &mut Reasons) {
    count(facts, rule, &ReasonCode::Newest, reasons, |_| true);
}

/// Keeps the newest among those that nothing else keeps.
pub(in crate::decide) fn spare(facts: &Facts<'_>, rule: Newest, reasons: &mut Reasons) {
    let spared: Vec<bool> = reasons.iter().map(Vec::is_empty).collect();
    count(facts, rule, &ReasonCode::Spare, reasons, |at| spared[at]);
}

fn count(
    facts: &Facts<'_>,
    rule: Newest,
    code: &ReasonCode,
    reasons: &mut Reasons,
    counts: impl Fn(usize) -> bool,
) {
    let (mut images, mut indexes) = (0, 0);
    for (at, image) in facts.graph.images() {
        if !facts.graph.is_top_level(at) || !is_of(rule.of, image) || !counts(at) {
            continue;
        }
        let counter = match rule.per {
            Per::Kind if image.is_index() => &mut indexes,
            Per::Kind | Per::Repository => &mut images,
        };
        *counter += 1;
        if *counter <= rule.count {
            let detail = format!("number {counter} of the newest {}", in_words(rule));
            reasons[at].push(Reason::new(code.clone(), detail));
        }
    }
}

/// The number that an image has among those that a counting rule looks at, from 1, newest first.
///
/// None where the rule does not count it. `counts` says which of the others are looked at.
pub(in crate::decide) fn number(
    facts: &Facts<'_>,
    rule: Newest,
    at: usize,
    counts: impl Fn(usize) -> bool,
) -> Option<usize> {
    let is_counted = |other: usize| {
        facts.graph.is_top_level(other) && is_of(rule.of, facts.graph.image(other)) && counts(other)
    };
    let is_alike = |other: usize| {
        rule.per == Per::Repository
            || facts.graph.image(other).is_index() == facts.graph.image(at).is_index()
    };
    is_counted(at).then(|| (0..=at).filter(|other| is_counted(*other) && is_alike(*other)).count())
}

fn is_of(of: OfImages, image: &Image) -> bool {
    match of {
        OfImages::Tagged => image.is_tagged(),
        OfImages::Untagged => !image.is_tagged(),
        OfImages::Any => true,
    }
}

pub(in crate::decide) fn in_words(rule: Newest) -> String {
    let of = match rule.of {
        OfImages::Tagged => "tagged images",
        OfImages::Untagged => "untagged images",
        OfImages::Any => "images",
    };
    match rule.per {
        Per::Repository => format!("{} {of}", rule.count),
        Per::Kind => format!("{} {of} of its kind", rule.count),
    }
}

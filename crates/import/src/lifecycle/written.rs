//! The rules of a lifecycle policy as clauses.

use super::super::draft::{Clause, Draft, Rule as RuleDraft};
use super::patterns::includes;
use super::rule::{Does, Leaves, Rule, Selects};
use super::{archive, unselected};

/// Every fallback tag of a signature is one that this matches.
pub(super) const FALLBACK_TAGS: &str = "sha256-*";

/// An image that was pulled, or restored, within so many days stays without a setting.
const MINIMUM_IDLE: u32 = 30;

pub(super) fn policy(mut draft: Draft, names: &[String], rules: &[Rule]) -> Draft {
    draft = draft
        .say(
            "There, the first rule that selects an image decides over it alone. Here, what any \
             clause keeps stays, whatever the others say: this keeps at least what is kept there.",
        )
        .say(
            "Parts of an image, its platforms and signatures, take nobody's place in a count here, \
             and go with it.",
        );
    let idle = rules.iter().filter_map(|rule| match rule.leaves()? {
        Leaves::PulledWithin(days) => Some(days),
        Leaves::Newest(_) | Leaves::PushedWithin(_) => None,
    });
    if let Some(days) = idle.max().filter(|days| *days > MINIMUM_IDLE) {
        let why = "What was restored from the archive counts there as if it had been pulled then.";
        draft = draft.set(format!("minimum_idle: {days}d"), vec![why.to_owned()]);
    }
    let mut written = RuleDraft::named(names);
    let of_active: Vec<_> = rules.iter().filter_map(|rule| Some((rule, rule.leaves()?))).collect();
    for (rule, leaves) in &of_active {
        written = written.keep(clause(rule, *leaves));
    }
    let selects: Vec<_> = of_active.iter().map(|(rule, _)| &rule.selects).collect();
    for clause in unselected::clauses(&selects) {
        written = written.keep(clause);
    }
    draft.rule(archive::of(written, rules))
}

/// Whether a pattern matches tags of signatures, attestations or the like.
fn takes_signatures(pattern: &str) -> bool {
    let digest = "0123456789abcdef".repeat(4);
    let suffixes = ["", ".sig", ".att", ".sbom", ".imgpkg"];
    let is_prefix = pattern.starts_with("sha256-");
    is_prefix || suffixes.iter().any(|it| includes(pattern, &format!("sha256-{digest}{it}")))
}

/// Who writes a rule that leaves so many images of a tag means that all of them stay.
const TO_PROTECT: u64 = 900;

/// What a rule leaves of what it selects.
fn clause(rule: &Rule, leaves: Leaves) -> Clause {
    let protects = matches!(leaves, Leaves::Newest(count) if count >= TO_PROTECT);
    let over = match &rule.selects {
        Selects::Untagged => Clause::of_untagged(),
        Selects::Any => Clause::new(),
        Selects::Tagged(patterns) => match patterns.as_slice() {
            [_] => Clause::of_tags(patterns),
            _ if protects => Clause::new(),
            _ => Clause::of_all_tags(patterns),
        },
    };
    let mut over = over.say(rule.said());
    if let Selects::Tagged(patterns) = &rule.selects
        && patterns.len() > 1
    {
        let quoted: Vec<_> = patterns.iter().map(|it| format!("`{it}`")).collect();
        let quoted = quoted.join(" and ");
        if protects {
            return over
                .say(format!(
                    "There, this selects images that have tags as {quoted} all at once. A rule that \
                     leaves so many is there to protect, so every image with any of them is kept.",
                ))
                .with_list("tags", patterns);
        }
        over = over.say(format!(
            "This selects images that have tags as {quoted} all at once. If any of them was meant, \
             `tags` goes here instead of `all_tags`.",
        ));
    }
    if let (Leaves::Newest(_), Selects::Tagged(patterns)) = (leaves, &rule.selects)
        && patterns.iter().all(|pattern| pattern != "*" && takes_signatures(pattern))
    {
        let why = "Signatures by their tag are counted there. Here they are not, so all are kept.";
        over = over.say(why).with_list("tags", &[FALLBACK_TAGS]);
    }
    match (leaves, &rule.selects) {
        (Leaves::Newest(count), Selects::Any) => {
            over.with("newest", format!("{{ count: {count}, of: any }}"))
        }
        (Leaves::Newest(count), _) => over.with("newest", count),
        (Leaves::PushedWithin(days), _) => over.with("pushed_within", format!("{days}d")),
        (Leaves::PulledWithin(days), _) => {
            if matches!(rule.does, Does::Expires(_)) {
                over = over
                    .say("ECR only archives by last pull. Here, what nothing keeps is deleted.");
            }
            over.with("pushed_within", format!("{days}d")).with("pulled_within", format!("{days}d"))
        }
    }
}

//! The rules of a lifecycle policy as clauses.

use super::super::draft::{Clause, Draft, Rule as RuleDraft};
use super::patterns::includes;
use super::rule::{Leaves, Rule, Selects};

/// Every fallback tag of a signature is one that this matches.
const FALLBACK_TAGS: &str = "sha256-*";

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
             and go with it. An archived image is decided like any other here, and left alone \
             there.",
        );
    let idle = rules.iter().filter_map(|rule| match rule.leaves {
        Leaves::PulledWithin(days) => Some(days),
        Leaves::Newest(_) | Leaves::PushedWithin(_) => None,
    });
    if let Some(days) = idle.max().filter(|days| *days > MINIMUM_IDLE) {
        let why = "What was restored from the archive counts there as if it had been pulled then.";
        draft = draft.set(format!("minimum_idle: {days}d"), vec![why.to_owned()]);
    }
    let mut written = RuleDraft::named(names);
    for rule in rules {
        written = written.keep(clause(rule));
    }
    for clause in of_no_rule(rules) {
        written = written.keep(clause);
    }
    draft.rule(written)
}

/// Whether a pattern matches tags of signatures, attestations or the like.
fn takes_signatures(pattern: &str) -> bool {
    let digest = "0123456789abcdef".repeat(4);
    let suffixes = ["", ".sig", ".att", ".sbom", ".imgpkg"];
    let is_prefix = pattern.starts_with("sha256-");
    is_prefix || suffixes.iter().any(|it| includes(pattern, &format!("sha256-{digest}{it}")))
}

/// What a rule leaves of what it selects.
fn clause(rule: &Rule) -> Clause {
    let over = match &rule.selects {
        Selects::Untagged => Clause::of_untagged(),
        Selects::Any => Clause::new(),
        Selects::Tagged(patterns) => match patterns.as_slice() {
            [_] => Clause::of_tags(patterns),
            _ => return all_at_once(rule, patterns),
        },
    };
    let mut over = said(over, rule);
    if let (Leaves::Newest(_), Selects::Tagged(patterns)) = (rule.leaves, &rule.selects)
        && patterns.iter().all(|pattern| pattern != "*" && takes_signatures(pattern))
    {
        let why = "Signatures by their tag are counted there. Here they are not, so all are kept.";
        over = over.say(why).with_list("tags", &[FALLBACK_TAGS]);
    }
    match (rule.leaves, &rule.selects) {
        (Leaves::Newest(count), Selects::Any) => {
            over.with("newest", format!("{{ count: {count}, of: any }}"))
        }
        (Leaves::Newest(count), _) => over.with("newest", count),
        (Leaves::PushedWithin(days), _) => over.with("pushed_within", format!("{days}d")),
        (Leaves::PulledWithin(days), _) => over
            .say("ECR only archives by last pull. Here, what nothing keeps is deleted.")
            .with("pushed_within", format!("{days}d"))
            .with("pulled_within", format!("{days}d")),
    }
}

/// A rule over images with several tags at once. No clause keeps what has one of them alone and lets
/// go what has all; and mostly an image with any of them was meant. So those are kept.
fn all_at_once(rule: &Rule, patterns: &[String]) -> Clause {
    let quoted: Vec<_> = patterns.iter().map(|it| format!("`{it}`")).collect();
    let leaves = match rule.leaves {
        Leaves::Newest(count) => format!("newest: {count}"),
        Leaves::PushedWithin(days) | Leaves::PulledWithin(days) => {
            format!("pushed_within: {days}d")
        }
    };
    said(Clause::new(), rule)
        .say(format!(
            "There, this selects images that have tags as {} all at once, which no clause says. \
             Here, every image with any of them is kept. If the rule was meant for any \
             of them: `{{ of: {{ tags: [{}] }}, {leaves} }}`.",
            quoted.join(" and "),
            patterns.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", "),
        ))
        .with_list("tags", patterns)
}

fn said(clause: Clause, rule: &Rule) -> Clause {
    let number = rule.priority;
    match &rule.description {
        Some(description) => clause.say(format!("Rule {number}: {description}")),
        None => clause.say(format!("Rule {number}")),
    }
}

/// What no rule selects stays.
fn of_no_rule(rules: &[Rule]) -> Vec<Clause> {
    let mut clauses = Vec::new();
    if rules.iter().any(|rule| rule.selects == Selects::Any) {
        return clauses;
    }
    let named: Vec<&String> = rules
        .iter()
        .filter_map(|rule| match &rule.selects {
            Selects::Tagged(patterns) if patterns.len() == 1 => Some(patterns),
            Selects::Tagged(_) | Selects::Untagged | Selects::Any => None,
        })
        .flatten()
        .collect();
    let takes = |tag: &str| named.iter().any(|pattern| includes(pattern, tag));
    if named.is_empty() {
        let is_tagged = |rule: &Rule| matches!(rule.selects, Selects::Tagged(_));
        let said = if rules.iter().any(is_tagged) {
            "What no rule selects, tagged images"
        } else {
            "No rule selects tagged images."
        };
        clauses.push(Clause::new().say(said).with("tagged", true));
    } else if !takes("*") {
        clauses.push(
            Clause::of_except_tags(&named)
                .say(
                    "What no rule selects. There, an image goes that has such a tag besides one \
                     that a rule names; here, the tag that no rule names protects it.",
                )
                .with("tagged", true),
        );
    }
    if rules.iter().any(|rule| rule.selects == Selects::Untagged) {
        if !takes(FALLBACK_TAGS) {
            clauses.push(
                Clause::new()
                    .say(
                        "Signatures by their tag are tagged images there, and no rule selects them. \
                         Without this line, those whose image is gone are judged as untagged.",
                    )
                    .with_list("tags", &[FALLBACK_TAGS]),
            );
        }
    } else {
        clauses.push(Clause::of_untagged().say("No rule selects untagged images.").for_ever());
    }
    clauses
}

//! What an image that goes would have needed to stay: the decision read backwards, for people.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::{Within, in_words, number, pushed_within, threshold};
use super::{Facts, Reasons, decide};
use crate::graph::Graph;
use crate::policy::{Newest, RepositoryRule};
use crate::{Age, Digest, Evidence, ImageStatus, Pattern, Place, Policy, ReasonCode, Repository};

/// One thing that would keep an image, and how far the image is from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unmet {
    /// The setting of the policy, or `usage`, or `graph`.
    pub rule: Box<str>,
    /// What holds for this image instead, with its numbers. For people; it may change.
    pub detail: Box<str>,
}

/// What would keep an image that nothing keeps: usage, the graph, and each rule in turn.
///
/// Takes what [`crate::plan_repository`] takes. Empty for an image that the repository does not
/// have.
#[must_use]
pub fn unmet_rules(
    registry: &Place,
    repository: &Repository,
    evidence: &Evidence<'_>,
    policy: &Policy,
    rule: &RepositoryRule,
    now: Timestamp,
    digest: Digest,
) -> Vec<Unmet> {
    let graph = Graph::new(&repository.images);
    let facts = Facts { registry, repository, graph, evidence, policy, rule, now };
    let Some(at) = facts.graph.find(digest) else { return Vec::new() };
    let mut unmet = Vec::new();
    let mut add = |rule: &str, detail: String| {
        unmet.push(Unmet { rule: rule.into(), detail: detail.into() });
    };
    add("usage", usage(&facts, at));
    for detail in graph_around(&facts, at) {
        add("graph", detail);
    }
    let image = facts.graph.image(at);
    let pushed = |age| since("pushed", image.pushed_at, age, now);
    add("minimum_age", pushed(policy.minimum_age));
    let needed_at = image.last_needed_at();
    add("minimum_idle", since("pulled or restored", needed_at, policy.minimum_idle, now));
    if let Within::Age(age) = pushed_within(rule.keep.pushed_within.as_ref(), repository) {
        add("keep.pushed_within", pushed(age));
    }
    if let Some(age) = rule.keep.pulled_within {
        add("keep.pulled_within", since("pulled", image.pulled_at, age, now));
    }
    if let Some(newest) = rule.keep.newest {
        add("keep.newest", counted(&facts, newest, at, |_| true));
    }
    if let Some(spare) = rule.keep.spare {
        let reasons = decide(&facts);
        add("keep.spare", counted(&facts, spare, at, |at| is_spared(&reasons, at)));
    }
    if !rule.keep.tags.is_empty() {
        add("keep.tags", no_tag_matches(&image.tags, &rule.keep.tags));
    }
    if rule.keep.tagged {
        add("keep.tagged", "it has no tag".to_owned());
    }
    if let Some(releases) = rule.keep.releases {
        let newest = releases.newest;
        add("keep.releases", format!("none of its tags is one of the newest {newest} versions"));
    }
    if let Some(behind_tags) = &rule.keep.behind_tags {
        add("keep.behind_tags", behind(&facts, at, &behind_tags.tags));
    }
    if let Some(behind_deployed) = rule.keep.behind_deployed
        && let Ok(threshold) = threshold(&facts, behind_deployed)
    {
        let pushed = time(image.pushed_at, now);
        add(
            "keep.behind_deployed",
            format!("pushed {pushed}; it keeps what was since {threshold}"),
        );
    }
    unmet
}

fn usage(facts: &Facts<'_>, at: usize) -> String {
    let tags = &facts.graph.image(at).tags;
    if tags.is_empty() {
        "nothing that was looked at names its digest, and it has no tag".to_owned()
    } else {
        format!("nothing that was looked at names its digest or {}", listed(tags))
    }
}

/// The images that would keep it, if they were kept.
fn graph_around(facts: &Facts<'_>, at: usize) -> Vec<String> {
    let lists = facts.graph.listed_by(at).iter().map(|index| {
        let index = facts.graph.image(*index).digest;
        format!("{index} lists it, and is not kept either")
    });
    let subjects = facts.graph.subjects(at).map(|subject| {
        let subject = facts.graph.image(subject).digest;
        format!("it refers to {subject}, which is not kept either")
    });
    let mut around: Vec<String> = lists.chain(subjects).collect();
    if around.is_empty() && facts.graph.is_referrer(at) {
        around.push("what it refers to is not in the repository".to_owned());
    }
    around
}

fn since(what: &str, at: Option<Timestamp>, keeps: Age, now: Timestamp) -> String {
    match at {
        Some(_) => format!("{what} {}; within {keeps} would keep it", time(at, now)),
        None => format!("never {what}; within {keeps} would keep it"),
    }
}

fn time(at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = at else { return "at an unknown time".to_owned() };
    let ago = now.duration_since(at);
    let hours = ago.as_hours();
    let ago = if ago < SignedDuration::from_hours(1) {
        format!("{} minutes", ago.as_mins())
    } else if hours < 48 {
        format!("{hours} hours")
    } else {
        format!("{} days", hours / 24)
    };
    format!("{ago} ago ({at})")
}

fn counted(facts: &Facts<'_>, rule: Newest, at: usize, counts: impl Fn(usize) -> bool) -> String {
    match number(facts, rule, at, counts) {
        Some(number) => format!("number {number}, not among the newest {}", in_words(rule)),
        None => format!("not counted: {}", why_not_counted(facts, at)),
    }
}

fn why_not_counted(facts: &Facts<'_>, at: usize) -> &'static str {
    let image = facts.graph.image(at);
    if facts.graph.is_child(at) {
        "an index lists it"
    } else if facts.graph.is_referrer(at) {
        "it refers to another image"
    } else if image.status != ImageStatus::Active {
        "it is archived"
    } else if image.pushed_at.is_none() {
        "when it was pushed is not known"
    } else if image.is_tagged() {
        "it is tagged"
    } else {
        "it has no tag"
    }
}

/// Whether `spare` looks at an image: nothing but `spare` and the limits speaks for it.
fn is_spared(reasons: &Reasons, at: usize) -> bool {
    reasons[at]
        .iter()
        .all(|reason| matches!(reason.code, ReasonCode::Spare | ReasonCode::OverLimit))
}

fn no_tag_matches(tags: &[Box<str>], patterns: &[Pattern]) -> String {
    let patterns: Vec<_> = patterns.iter().map(|pattern| pattern.as_str().into()).collect();
    match tags {
        [] => format!("it has no tag to match {}", listed(&patterns)),
        tags => format!("none of {} matches {}", listed(tags), listed(&patterns)),
    }
}

fn behind(facts: &Facts<'_>, at: usize, patterns: &[Pattern]) -> String {
    let anchor = facts.graph.images().rfind(|(_, image)| {
        image.tags.iter().any(|tag| patterns.iter().any(|pattern| pattern.matches(tag)))
    });
    let pushed = time(facts.graph.image(at).pushed_at, facts.now);
    match anchor {
        Some((_, anchor)) => {
            let anchored = time(anchor.pushed_at, facts.now);
            format!("pushed {pushed}; its anchor {} was pushed {anchored}", anchor.digest)
        }
        None => format!("pushed {pushed}; no image carries any of its tags"),
    }
}

/// How many names a sentence holds.
const NAMES: usize = 5;

fn listed(names: &[Box<str>]) -> String {
    let named: Vec<String> = names.iter().take(NAMES).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(NAMES) {
        0 => named.join(", "),
        others => format!("{} and {others} more", named.join(", ")),
    }
}

//! What an image that goes would have needed to stay: the decision read backwards, for people.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Facts, Reasons};
use crate::policy::{LooksAt, OfStorage};
use crate::rules::{Looking, none_matches};
use crate::wording::{First, plural};
use crate::{Age, Image, Pattern};

/// One thing that would keep an image, and how far the image is from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unmet {
    /// The setting of the policy, or `usage`, or `graph`.
    pub rule: Box<str>,
    /// What holds for this image instead, with its numbers. For people; it may change.
    pub detail: Box<str>,
}

/// What would keep an image that nothing keeps: usage, the graph, and each rule in turn. `reasons`
/// are those of the whole decision.
pub(super) fn rules(facts: &Facts<'_>, reasons: &Reasons, at: usize) -> Vec<Unmet> {
    let Facts { policy, now, .. } = *facts;
    let mut unmet = Vec::new();
    let mut add = |rule: &str, detail: String| {
        unmet.push(Unmet { rule: rule.into(), detail: detail.into() });
    };
    add("usage", usage(facts, at));
    for detail in graph_around(facts, at) {
        add("graph", detail);
    }
    let image = facts.graph.image(at);
    let pushed = |age| since("pushed", image.pushed_at, age, now);
    add("minimum_age", pushed(policy.minimum_age));
    let needed_at = image.last_needed_at();
    add("minimum_idle", since("pulled or restored", needed_at, policy.minimum_idle, now));
    for looking in Looking::all(facts) {
        let setting = &looking.setting;
        if let Some(of) = looking.clause.of.as_ref().filter(|_| !looking.takes(at)) {
            add(&format!("{setting}.of"), not_looked_at(of, image));
            continue;
        }
        for rule in looking.clause.iter() {
            if let Some(detail) = rule.unmet(&looking, reasons, at) {
                add(&format!("{setting}.{}", rule.name()), detail);
            }
        }
    }
    unmet
}

/// Why a clause does not look at an image.
fn not_looked_at(of: &LooksAt, image: &Image) -> String {
    let why = match of {
        LooksAt::Images(_) if image.is_tagged() => "it is tagged".to_owned(),
        LooksAt::Images(_) => "it has no tag".to_owned(),
        LooksAt::Storage(OfStorage::Active) => "it is archived".to_owned(),
        LooksAt::Storage(OfStorage::Archived) => "it is not archived".to_owned(),
        LooksAt::Tags(patterns) => none_matches(image, patterns),
        LooksAt::AllTags(patterns) => {
            let missing = |it: &&Pattern| !image.tags.iter().any(|tag| it.matches(tag));
            let missing: Vec<Pattern> = patterns.iter().filter(missing).cloned().collect();
            none_matches(image, &missing)
        }
        LooksAt::WithoutTags(_) => "it has one of the tags".to_owned(),
        LooksAt::ExceptTags(_) => "it has no tag but such as are excepted".to_owned(),
    };
    format!("not looked at: {why}")
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

pub(crate) fn since(what: &str, at: Option<Timestamp>, keeps: Age, now: Timestamp) -> String {
    match at {
        Some(_) => format!("{what} {}; within {keeps} would keep it", time(at, now)),
        None => format!("never {what}; within {keeps} would keep it"),
    }
}

/// An instant, and how long ago it was.
pub(crate) fn time(at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = at else { return "at an unknown time".to_owned() };
    let ago = now.duration_since(at);
    let hours = ago.as_hours();
    let (count, unit) = match hours {
        ..1 => (ago.as_mins(), "minute"),
        1..48 => (hours, "hour"),
        48.. => (hours / 24, "day"),
    };
    format!("{count} {} ago ({at})", plural(count.unsigned_abs(), unit))
}

/// How many names a sentence holds.
const NAMES: usize = 5;

/// The first of some names.
pub(crate) fn listed(names: &[Box<str>]) -> String {
    First::of(NAMES, names.iter().map(|name| format!("`{name}`"))).in_one_line()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::SignedDuration;

    use super::*;
    use crate::policy::{BehindTags, Clause, Counted, Newest, Per, PushedWithin, Spare, Tags};
    use crate::testing::{case, days_ago, digest, now};
    use crate::{ImageStatus, MediaType};

    /// Number 1 was pushed one day ago, number 2 two days ago, each with a tag of its own.
    fn image(number: u8) -> Image {
        Image {
            tags: vec![format!("v{number}").into()],
            pushed_at: Some(days_ago(number.into())),
            ..Image::new(digest(number))
        }
    }

    fn unmet(images: Vec<Image>, keep: Clause, of: u8) -> BTreeMap<String, String> {
        let case = case(images).keeping(|set| *set = keep);
        let unmet = case.ask(|facts| facts.decide().unmet_of(digest(of)));
        unmet.into_iter().map(|unmet| (unmet.rule.into(), unmet.detail.into())).collect()
    }

    #[test]
    fn every_rule_says_how_far_the_image_is_from_it() {
        let keep = Clause::default()
            .with(PushedWithin::Age(Age::days(9)))
            .with(Newest::plain(2))
            .with(Spare::plain(1))
            .with(Tags(vec!["latest".parse().unwrap(), "release-*".parse().unwrap()]));
        let unmet = unmet((1..=12).map(image).collect(), keep, 12);
        for (rule, part) in [
            ("usage", "nothing that was looked at names its digest or `v12`"),
            ("minimum_age", "pushed 12 days ago (2026-11-08T00:00:00Z); within 7d"),
            ("minimum_idle", "never pulled or restored; within 30d"),
            ("keep.pushed_within", "pushed 12 days ago (2026-11-08T00:00:00Z); within 9d"),
            ("keep.newest", "number 12, not among the newest 2 tagged images"),
            ("keep.spare", "number 3, not among the newest 1 tagged images"),
            ("keep.tags", "none of `v12` matches `latest`, `release-*`"),
        ] {
            assert!(unmet[rule].starts_with(part), "{rule}: {}", unmet[rule]);
        }
        assert_eq!(unmet.len(), 7, "{unmet:?}");
    }

    #[test]
    fn spare_counts_what_only_grace_holds_back_as_left_over() {
        let images = (31..=33).map(image);
        let waits = case(images).keeping(|keep| *keep = Clause::default().with(Spare::plain(1)));
        let waits = waits.remembering(&[(33, 8)]).with(|case| {
            case.policy.repositories[0].grace = Some(Age::days(7));
        });
        let unmet = waits.explain(33).unwrap().unmet;
        let spare = unmet.iter().find(|unmet| &*unmet.rule == "keep.spare").unwrap();
        assert_eq!(&*spare.detail, "number 3, not among the newest 1 tagged images");
    }

    #[test]
    fn a_child_is_not_counted_and_names_the_indexes_that_list_it() {
        let mut index = image(41);
        index.children = Some(vec![digest(40)]);
        let keep = Clause::default().with(Newest::plain(1));
        let unmet = unmet(vec![image(1), index, image(40)], keep, 40);
        assert_eq!(unmet["keep.newest"], "not counted: an index lists it");
        let listed_by = format!("{} lists it, and is not kept either", digest(41));
        assert_eq!(unmet["graph"], listed_by);
    }

    #[test]
    fn what_counts_no_image_says_why() {
        let keep = Clause::default().with(Newest::plain(1));
        let why = |other: Image| {
            let unmet = unmet(vec![image(1), other], keep.clone(), 40);
            unmet["keep.newest"].clone()
        };
        let archived = Image { status: ImageStatus::Archived, ..image(40) };
        assert_eq!(why(archived), "not counted: it is archived");
        let undated = Image { pushed_at: None, ..image(40) };
        assert_eq!(why(undated), "not counted: when it was pushed is not known");
        let untagged = Image { tags: Vec::new(), ..image(40) };
        assert_eq!(why(untagged), "not counted: it has no tag");
    }

    #[test]
    fn an_image_is_numbered_among_those_that_are_counted_with_it() {
        let mut images: Vec<Image> = (1..=6).map(image).collect();
        for index in [0, 1, 4] {
            images[index].children = Some(Vec::new());
            images[index].media_type = MediaType::OciIndex;
        }
        let number = |per, of| {
            let keep = Clause::default().with(Newest(Counted { per, ..Counted::plain(0) }));
            let unmet = unmet(images.clone(), keep, of);
            unmet["keep.newest"].split_once(',').unwrap().0.to_owned()
        };
        assert_eq!(number(Per::Repository, 5), "number 5");
        assert_eq!(number(Per::Kind, 5), "number 3");
        assert_eq!(number(Per::Kind, 4), "number 2");
    }

    #[test]
    fn an_image_behind_an_anchor_says_how_far_both_are() {
        let tags = vec!["v20".parse().unwrap()];
        let keep = Clause::default().with(BehindTags { tags, within: None, newest: 1 });
        let told = |images: std::ops::RangeInclusive<u8>| {
            let unmet = unmet(images.map(image).collect(), keep.clone(), 40);
            unmet["keep.behind_tags"].clone()
        };
        let pushed = "pushed 40 days ago (2026-10-11T00:00:00Z)";
        let anchor = digest(20);
        let anchored = "20 days ago (2026-10-31T00:00:00Z)";
        let expected = format!("{pushed}; its anchor {anchor} was pushed {anchored}");
        assert_eq!(told(19..=40), expected);
        assert_eq!(told(21..=40), format!("{pushed}; no image carries any of its tags"));
    }

    #[test]
    fn the_time_since_is_in_minutes_within_an_hour_and_in_hours_within_two_days() {
        let now = now();
        let ago = |minutes: i64| {
            let at = now - SignedDuration::from_mins(minutes);
            time(Some(at), now).split_once(" (").unwrap().0.to_owned()
        };
        assert_eq!(ago(0), "0 minutes ago");
        assert_eq!(ago(1), "1 minute ago");
        assert_eq!(ago(59), "59 minutes ago");
        assert_eq!(ago(60), "1 hour ago");
        assert_eq!(ago(47 * 60 + 59), "47 hours ago");
        assert_eq!(ago(48 * 60), "2 days ago");
        assert_eq!(ago(71 * 60 + 59), "2 days ago");
    }

    #[test]
    fn an_image_that_is_not_there_has_nothing_unmet() {
        assert!(unmet(vec![image(1)], Clause::default(), 2).is_empty());
    }
}

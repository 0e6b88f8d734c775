//! Lifecycle policies, as ECR documents how it evaluates them:
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ecr_sweep_core::{Digest, Image, ImageStatus};
use ecr_sweep_import::Tool;
use jiff::SignedDuration;
use proptest::prelude::*;

use crate::cases;
use crate::world::{Pushed, hold, is_part_of_none, matches, now, pushed, repository, with_parts};

#[derive(Debug, Clone)]
enum Selects {
    Untagged,
    Any,
    Patterns(Vec<&'static str>),
    Prefixes(Vec<&'static str>),
}

#[derive(Debug, Clone)]
struct Rule {
    selects: Selects,
    counts: bool,
    number: i64,
    does: Does,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Does {
    Expires,
    Archives,
    ExpiresArchived,
}

const PATTERNS: &[&str] =
    &["*", "v*", "dev*", "dev-*", "prod", "*-rc", "v*-rc", "sha256-*", "latest", "*.sig"];
const PREFIXES: &[&str] = &["", "v", "dev", "dev-", "prod", "release-", "sha256-"];

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let tagged = prop_oneof![
        prop::collection::vec(prop::sample::select(PATTERNS), 1..3).prop_map(Selects::Patterns),
        prop::collection::vec(prop::sample::select(PREFIXES), 1..3).prop_map(Selects::Prefixes),
    ];
    let how = || (any::<bool>(), 1..20_i64);
    let does = || prop::sample::select(vec![Does::Expires, Does::Expires, Does::Archives]);
    let rule = |selects, ((counts, number), does)| Rule { selects, counts, number, does };
    let tagged = (tagged, (how(), does())).prop_map(move |(selects, how)| rule(selects, how));
    let tagged = tagged.boxed();
    let untagged = (how(), does()).prop_map(move |how| rule(Selects::Untagged, how));
    let last = (how(), does()).prop_map(move |how| rule(Selects::Any, how));
    let of_archived = |rule: Rule| Rule {
        counts: false,
        number: 90 + rule.number * 5,
        does: Does::ExpiresArchived,
        ..rule
    };
    let archived = (
        prop::collection::vec(tagged.clone().prop_map(of_archived), 0..2),
        prop::option::weighted(0.3, untagged.clone().prop_map(of_archived)),
        prop::option::of(last.clone().prop_map(of_archived)),
    );
    let archived = prop::option::weighted(0.4, archived);
    let first = (prop::collection::vec(tagged, 0..4), prop::option::of(untagged), 0..4_usize);
    (first, prop::option::of(last), archived).prop_map(
        |((mut rules, untagged, at), last, archived)| {
            rules.splice(at.min(rules.len())..at.min(rules.len()), untagged);
            rules.extend(last);
            if let Some((tagged, untagged, last)) = archived {
                rules.extend(tagged.into_iter().chain(untagged).chain(last));
            }
            rules
        },
    )
}

/// The rules as the document that ECR takes.
fn document(rules: &[Rule]) -> String {
    let mut text = String::from("{ \"rules\": [");
    for (at, rule) in rules.iter().enumerate() {
        let (status, list) = match &rule.selects {
            Selects::Untagged => ("untagged", String::new()),
            Selects::Any => ("any", String::new()),
            Selects::Patterns(texts) => ("tagged", format!("\"tagPatternList\": {texts:?}, ")),
            Selects::Prefixes(texts) => ("tagged", format!("\"tagPrefixList\": {texts:?}, ")),
        };
        let count = if rule.counts {
            "\"countType\": \"imageCountMoreThan\""
        } else if rule.does == Does::ExpiresArchived {
            "\"storageClass\": \"archive\", \"countType\": \"sinceImageTransitioned\", \
             \"countUnit\": \"days\""
        } else {
            "\"countType\": \"sinceImagePushed\", \"countUnit\": \"days\""
        };
        let action = match rule.does {
            Does::Expires | Does::ExpiresArchived => "\"type\": \"expire\"",
            Does::Archives => "\"type\": \"transition\", \"targetStorageClass\": \"archive\"",
        };
        let comma = if at == 0 { "" } else { "," };
        write!(
            text,
            "{comma}\n  {{ \"rulePriority\": {}, \"selection\": {{ \"tagStatus\": \"{status}\", \
             {list}{count}, \"countNumber\": {} }}, \"action\": {{ {action} }} }}",
            at + 1,
            rule.number
        )
        .unwrap();
    }
    text + "\n] }"
}

impl Rule {
    fn selects(&self, image: &Image) -> bool {
        let has = |pattern: &str| {
            image.tags.iter().any(|tag| matches(pattern.as_bytes(), tag.as_bytes()))
        };
        let is_archived = image.status == ImageStatus::Archived;
        if is_archived != (self.does == Does::ExpiresArchived) {
            return false;
        }
        match &self.selects {
            Selects::Untagged => image.tags.is_empty(),
            Selects::Any => true,
            Selects::Patterns(patterns) => patterns.iter().all(|pattern| has(pattern)),
            Selects::Prefixes(prefixes) => prefixes.iter().all(|prefix| has(&format!("{prefix}*"))),
        }
    }

    /// Whether it is about signatures, and means them.
    fn names_signatures(&self) -> bool {
        match &self.selects {
            Selects::Untagged | Selects::Any => false,
            Selects::Patterns(texts) => {
                texts.iter().any(|it| it.contains("sig") || it.contains("sha"))
            }
            Selects::Prefixes(texts) => texts.iter().any(|it| it.contains("sha")),
        }
    }

    /// What it would expire, were it alone.
    fn marks(&self, images: &[Image]) -> BTreeSet<Digest> {
        let mut selected: Vec<&Image> = images.iter().filter(|it| self.selects(it)).collect();
        selected.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
        let since = now() - SignedDuration::from_hours(24 * self.number);
        let marked = selected.iter().enumerate().filter(|(at, image)| {
            if self.does == Does::ExpiresArchived {
                image.archived_at.unwrap() < since
            } else if self.counts {
                *at >= usize::try_from(self.number).unwrap()
            } else {
                image.pushed_at.unwrap() < since
            }
        });
        marked.map(|(_, image)| image.digest).collect()
    }
}

/// What ECR keeps, archived or not: an image expires by the first rule that selects it, or by none; what an index that
/// stays lists stays; and what refers to an image goes with it, and not before.
fn kept(rules: &[Rule], images: &[Image]) -> BTreeSet<Digest> {
    let marks: Vec<BTreeSet<Digest>> = rules.iter().map(|rule| rule.marks(images)).collect();
    let is_expired = |image: &&Image| {
        let first = rules.iter().position(|rule| rule.selects(image));
        first.is_some_and(|first| {
            rules[first].does != Does::Archives && marks[first].contains(&image.digest)
        })
    };
    let refers = |image: &&Image| image.subject.is_some();
    let kept = images.iter().filter(|it| !is_expired(it) && !refers(it)).map(|it| it.digest);
    let mut kept = with_parts(images, kept.collect());
    let whole = kept.clone();
    kept.retain(|digest| {
        let image = images.iter().find(|image| image.digest == *digest).unwrap();
        let counted = rules.iter().find(|rule| rule.selects(image)).filter(|rule| rule.counts);
        !(counted.is_some_and(|rule| !rule.names_signatures())
            && is_part_of_none(image, images, &whole))
    });
    kept
}

fn check(
    rules: &[Rule],
    pushed: &[Pushed],
    archived: &[Option<i64>],
) -> Result<usize, TestCaseError> {
    let mut repository = repository("shop/web", pushed);
    for (image, days_ago) in repository.images.iter_mut().zip(archived.iter().cycle()) {
        if let Some(days_ago) = days_ago {
            image.status = ImageStatus::Archived;
            image.archived_at = Some(now() - SignedDuration::from_hours(24 * days_ago + 1));
        }
    }
    let kept = kept(rules, &repository.images);
    hold(Tool::LifecyclePolicy, &document(rules), &[repository], &kept)
}

/// Since how many days, and an hour, some images are archived: at the second itself ECR, which comes by
/// within a day, documents nothing.
fn archived() -> impl Strategy<Value = Vec<Option<i64>>> {
    let some = prop::collection::vec(prop::option::weighted(0.3, 0..250_i64), 1..8);
    prop_oneof![Just(vec![None]), some]
}

#[test]
fn what_a_lifecycle_policy_keeps_stays() {
    let mut runner = proptest::test_runner::TestRunner::new(cases());
    let deleted = std::cell::Cell::new(0);
    runner
        .run(&(rules(), pushed(), archived()), |(rules, pushed, archived)| {
            prop_assume!(!rules.is_empty());
            deleted.set(deleted.get() + check(&rules, &pushed, &archived)?);
            Ok(())
        })
        .unwrap();
    assert!(deleted.get() > 100, "so little goes that this says nothing: {}", deleted.get());
}

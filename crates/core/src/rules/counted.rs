//! So many of the newest images: what `newest` and `spare` count.

use super::{FieldSpec, Kind, Value, Values};
use crate::decide::{Facts, Reasons};
use crate::policy::{Form, Word, words};
use crate::{Image, ImageStatus, Reason};

/// So many of the newest top-level images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// Of which.
    pub of: OfImages,
    /// Whether images and indexes are counted apart.
    pub per: Per,
}

words! {
    /// Which images a count looks at.
    pub enum OfImages {
        Tagged "tagged" "Those with a tag that is not a fallback tag.",
        Untagged "untagged" "Those without one.",
        Any "any" "Both.",
    } or Tagged
}

words! {
    /// What a count is taken over.
    pub enum Per {
        Repository "repository" "The repository.",
        Kind "kind" "Images and indexes apart.",
    } or Repository
}

pub(super) const FORM: Form = Form::new(&[
    FieldSpec::new("count", Kind::HowMany, "How many.").required(),
    FieldSpec::new("of", Kind::Word(OfImages::WORDS), "Of which images.").default_to("tagged"),
    FieldSpec::new(
        "per",
        Kind::Word(Per::WORDS),
        "What is counted apart: nothing, or images and indexes.",
    )
    .default_to("repository"),
])
.called("The long form.")
.or_short("count", Kind::HowMany)
.expecting("how many, or `count` with `of` and `per`");

impl Counted {
    /// So many tagged images of a repository.
    #[must_use]
    pub const fn tagged(count: u64) -> Self {
        Self { count, of: OfImages::Tagged, per: Per::Repository }
    }

    pub(super) fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        Some(Self { count: values.get("count")?, of: values.word("of"), per: values.word("per") })
    }

    pub(super) fn value(&self) -> Value {
        Values::default()
            .with("count", self.count)
            .with("of", self.of.as_word())
            .with("per", self.per.as_word())
            .into()
    }

    /// Keeps the newest of those that are looked at.
    pub(super) fn keep(
        &self,
        facts: &Facts<'_>,
        reasons: &mut Reasons,
        reason: fn(String) -> Reason,
        is_looked_at: impl Fn(usize) -> bool,
    ) {
        let (mut images, mut indexes) = (0, 0);
        for (at, image) in facts.graph.images() {
            if !self.counts(facts, at) || !is_looked_at(at) {
                continue;
            }
            let counter = match self.per {
                Per::Kind if image.is_index() => &mut indexes,
                Per::Kind | Per::Repository => &mut images,
            };
            *counter += 1;
            if *counter <= self.count {
                let detail = format!("number {counter} of the newest {}", self.in_words());
                reasons[at].push(reason(detail));
            }
        }
    }

    /// Why an image is not among the newest of those that are looked at.
    pub(super) fn unmet(
        &self,
        facts: &Facts<'_>,
        at: usize,
        is_looked_at: impl Fn(usize) -> bool,
    ) -> String {
        let is_counted = |other: usize| self.counts(facts, other) && is_looked_at(other);
        if !is_counted(at) {
            return format!("not counted: {}", why_not_counted(facts, at));
        }
        let is_alike = |other: usize| {
            self.per == Per::Repository
                || facts.graph.image(other).is_index() == facts.graph.image(at).is_index()
        };
        let number = (0..=at).filter(|other| is_counted(*other) && is_alike(*other)).count();
        format!("number {number}, not among the newest {}", self.in_words())
    }

    fn counts(&self, facts: &Facts<'_>, at: usize) -> bool {
        facts.graph.is_top_level(at) && self.is_of(facts.graph.image(at))
    }

    fn is_of(&self, image: &Image) -> bool {
        match self.of {
            OfImages::Tagged => image.is_tagged(),
            OfImages::Untagged => !image.is_tagged(),
            OfImages::Any => true,
        }
    }

    fn in_words(&self) -> String {
        let of = match self.of {
            OfImages::Tagged => "tagged images",
            OfImages::Untagged => "untagged images",
            OfImages::Any => "images",
        };
        match self.per {
            Per::Repository => format!("{} {of}", self.count),
            Per::Kind => format!("{} {of} of its kind", self.count),
        }
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

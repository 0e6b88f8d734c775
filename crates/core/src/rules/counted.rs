//! So many of the newest images: what `newest` and `spare` count.

use std::cmp::Reverse;

use super::{FieldSpec, Kind, Looking, OneOf, Value, Values};
use crate::decide::{Facts, Reasons};
use crate::graph::Standing;
use crate::policy::{Form, Word, words};
use crate::{Image, ImageStatus};

/// So many of the newest top-level images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// Of which. None where the policy does not say: of the tagged ones, or of all of a clause
    /// that looks at some alone.
    pub of: Option<OfImages>,
    /// Whether images and indexes are counted apart.
    pub per: Per,
    /// What makes them new.
    pub by: CountedBy,
}

words! {
    /// Which images a count or a clause looks at.
    pub enum OfImages {
        Tagged "tagged" "Those with a tag that is not a fallback tag.",
        Untagged "untagged" "Those without one.",
        Any "any" "Both.",
    } or Tagged
}

words! {
    /// What makes an image newer than another.
    pub enum CountedBy {
        Pushed "pushed" "Its push.",
        Pulled "pulled" "Its last pull, or its push if it was never pulled.",
    } or Pushed
}

words! {
    /// What a count is taken over.
    pub enum Per {
        Repository "repository" "The repository.",
        Kind "kind" "Images and indexes apart.",
    } or Repository
}

const COUNT: FieldSpec = FieldSpec::new("count", Kind::HowMany, "How many.").required();

const OF: FieldSpec = FieldSpec::new(
    "of",
    Kind::Word(OfImages::WORDS),
    "Of which images. Default: `tagged`; all of its images in a clause with an `of`.",
);

const PER: FieldSpec = FieldSpec::new(
    "per",
    Kind::Word(Per::WORDS),
    "What is counted apart: nothing, or images and indexes.",
)
.default_to("repository");

const BY: FieldSpec = FieldSpec::new(
    "by",
    Kind::Word(CountedBy::WORDS),
    "What makes an image newer: its push, or its last pull.",
)
.default_to("pushed");

/// What a count may say.
pub(super) const FORM: Form = Form::new(&[COUNT, OF, PER])
    .called("The long form.")
    .or_short("count", Kind::HowMany)
    .expecting("how many, or `count` with `of` and `per`");

/// What a count may say that is by push or by pull.
pub(super) const FORM_BY: Form = Form::new(&[COUNT, OF, PER, BY])
    .called("The long form.")
    .or_short("count", Kind::HowMany)
    .expecting("how many, or `count` with `of`, `per` and `by`");

impl Counted {
    /// So many, and nothing else said.
    #[must_use]
    pub const fn plain(count: u64) -> Self {
        Self { count, of: None, per: Per::Repository, by: CountedBy::Pushed }
    }

    pub(super) fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        Some(Self {
            count: values.get("count")?,
            of: values.get("of").and_then(OfImages::from_word),
            per: values.word("per"),
            by: values.word("by"),
        })
    }

    pub(super) fn values(&self) -> Values {
        Values::default()
            .with("count", self.count)
            .with_any("of", self.of.map(OfImages::as_word))
            .with("per", self.per.as_word())
    }

    /// Keeps the newest of those that are looked at.
    pub(super) fn keep<R: OneOf>(
        &self,
        looking: &Looking<'_, '_>,
        reasons: &mut Reasons,
        is_looked_at: impl Fn(usize) -> bool,
    ) {
        let of = self.of.unwrap_or(looking.counts_of());
        let (mut images, mut indexes) = (0, 0);
        for (at, image) in self.in_order(looking) {
            let standing = looking.standing(at);
            if standing == Standing::NotCounted || !of.takes(image) || !is_looked_at(at) {
                continue;
            }
            let counter = match self.per {
                Per::Kind if image.is_index() => &mut indexes,
                Per::Kind | Per::Repository => &mut images,
            };
            let number = *counter + 1;
            if standing == Standing::TopLevel {
                *counter = number;
            }
            if number <= self.count {
                let detail = format!("number {number} of the newest {}", self.in_words(of));
                looking.keep::<R>(reasons, at, detail);
            }
        }
    }

    /// Why an image is not among the newest of those that are looked at.
    pub(super) fn unmet(
        &self,
        looking: &Looking<'_, '_>,
        at: usize,
        is_looked_at: impl Fn(usize) -> bool,
    ) -> String {
        let facts = looking.facts;
        let of = self.of.unwrap_or(looking.counts_of());
        let is_one = |other: usize| of.takes(facts.graph.image(other)) && is_looked_at(other);
        if looking.standing(at) == Standing::NotCounted || !is_one(at) {
            return format!("not counted: {}", why_not_counted(facts, at));
        }
        let is_alike = |other: usize| {
            self.per == Per::Repository
                || facts.graph.image(other).is_index() == facts.graph.image(at).is_index()
        };
        let is_counted = |other: usize| {
            looking.standing(other) == Standing::TopLevel && is_one(other) && is_alike(other)
        };
        let before =
            self.in_order(looking).into_iter().map(|(other, _)| other).take_while(|it| *it != at);
        let number = before.filter(|other| is_counted(*other)).count() + 1;
        format!("number {number}, not among the newest {}", self.in_words(of))
    }

    /// The images of a clause, the newest first.
    fn in_order<'a>(&self, looking: &Looking<'_, 'a>) -> Vec<(usize, &'a Image)> {
        let mut images: Vec<_> = looking.images().collect();
        if self.by == CountedBy::Pulled {
            // Their places are by push, then by digest.
            images.sort_by_key(|(at, image)| (Reverse(image.pulled_at.or(image.pushed_at)), *at));
        }
        images
    }

    fn in_words(&self, of: OfImages) -> String {
        let of = match of {
            OfImages::Tagged => "tagged images",
            OfImages::Untagged => "untagged images",
            OfImages::Any => "images",
        };
        let of = match self.per {
            Per::Repository => format!("{} {of}", self.count),
            Per::Kind => format!("{} {of} of its kind", self.count),
        };
        match self.by {
            CountedBy::Pushed => of,
            CountedBy::Pulled => format!("{of}, by their last pull"),
        }
    }
}

impl OfImages {
    /// Whether it is one of them.
    pub(crate) fn takes(self, image: &Image) -> bool {
        match self {
            Self::Tagged => image.is_tagged(),
            Self::Untagged => !image.is_tagged(),
            Self::Any => true,
        }
    }
}

pub(super) fn why_not_counted(facts: &Facts<'_>, at: usize) -> &'static str {
    let image = facts.graph.image(at);
    if facts.graph.is_child(at) {
        "an index lists it"
    } else if facts.graph.is_referrer(at) && facts.graph.standing(at) == Standing::NotCounted {
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

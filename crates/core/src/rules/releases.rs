//! The rule `releases`: the newest versions of each line.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::counted::why_not_counted;
use super::version::{Number, Version, VersionTag};
use super::{FieldSpec, KeepRule, Kind, Looking, Value, Values};
use crate::decide::Reasons;
use crate::graph::Standing;
use crate::policy::{Form, Word, words};
use crate::wording::{First, plural};
use crate::{Image, ReasonCode, WarningCode};

/// The newest versions of each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Releases {
    /// How many.
    pub newest: u64,
    /// Of each what.
    pub per: ReleaseLine,
}

words! {
    /// A line of releases.
    pub enum ReleaseLine {
        Major "major" "Of each x.",
        Minor "minor" "Of each x.y.",
        All "all" "Of all.",
    } or All
}

const FORM: Form = Form::new(&[
    FieldSpec::new("newest", Kind::HowMany, "How many of each line.").required(),
    FieldSpec::new(
        "per",
        Kind::Word(ReleaseLine::WORDS),
        "`major`: of each x; `minor`: of each x.y; `all`: of all.",
    )
    .default_to("all"),
])
.expecting("`newest`, and `per`");

impl KeepRule for Releases {
    const FIELD: FieldSpec = FieldSpec::new(
        "releases",
        Kind::Form(&FORM),
        "Keeps the newest versions of each line.",
    );

    const READS_TAGS: bool = true;

    fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        Some(Self { newest: values.get("newest")?, per: values.word("per") })
    }

    fn value(&self) -> Value {
        Values::default().with("newest", self.newest).with("per", self.per.as_word()).into()
    }

    fn keep(&self, looking: &Looking<'_, '_>, reasons: &mut Reasons) {
        for (at, image) in looking.images() {
            if let Some(tag) = unreadable_tag(image) {
                let detail = format!(
                    "its tag `{tag}` begins like a version, and cannot be read to its end"
                );
                looking.keep_as(ReasonCode::ReleaseUnreadable, reasons, at, detail);
            }
        }
        let lines = self.lines(looking);
        for (at, image) in looking.images() {
            if looking.standing(at) == Standing::NotCounted {
                continue;
            }
            let own = self.own(image).into_iter();
            let kept = own.filter(|(line, version)| lines.place(line, version) < self.newest);
            if let Some((_, version)) = kept.max_by(|(_, a), (_, b)| first_of(a, b)) {
                let (text, of) = (version.text, of(self.per));
                let detail = format!("{text} is one of the newest {} {of}", self.newest);
                looking.keep::<Self>(reasons, at, detail);
            }
        }
    }

    fn unmet(&self, looking: &Looking<'_, '_>, _: &Reasons, at: usize) -> Option<String> {
        let own = self.own(looking.facts.graph.image(at));
        if own.is_empty() {
            return Some("none of its tags is a version".to_owned());
        }
        if looking.standing(at) == Standing::NotCounted {
            return Some(format!("not counted: {}", why_not_counted(looking.facts, at)));
        }
        let lines = self.lines(looking);
        let places = own.iter().map(|(line, version)| (lines.place(line, version), version.text));
        let (before, text) = places.min()?;
        let of = of(self.per);
        Some(format!("{text} is number {}, not among the newest {} {of}", before + 1, self.newest))
    }

    fn warnings(&self, looking: &Looking<'_, '_>) -> Vec<(WarningCode, String)> {
        let mut tags: Vec<&str> =
            looking.images().filter_map(|(_, image)| unreadable_tag(image)).collect();
        if tags.is_empty() {
            return Vec::new();
        }
        tags.sort_unstable();
        let (count, tags) = (tags.len() as u64, First::of(TOLD, tags.iter().map(|it| format!("`{it}`"))));
        let detail = format!(
            "{count} {} begin like a version and cannot be read to their end: {}; what has such a tag is kept",
            plural(count, "tag"), tags.in_one_line()
        );
        vec![(WarningCode::ReleaseUnreadable, detail)]
    }

    fn reads(&self, tag: &str) -> bool {
        VersionTag::of(tag).is_some()
    }
}

/// How many tags a warning names.
const TOLD: usize = 5;

/// The first tag of an image that begins like a version and cannot be read to its end.
fn unreadable_tag(image: &Image) -> Option<&str> {
    let tags = image.tags.iter().map(|tag| &**tag);
    tags.filter(|tag| VersionTag::of(tag) == Some(VersionTag::Unreadable)).min()
}

/// The higher version; of equal ones the first in the alphabet.
fn first_of(a: &Version<'_>, b: &Version<'_>) -> Ordering {
    a.cmp(b).then_with(|| b.text.cmp(a.text))
}

/// What stands before the version, and as much of the version as its line goes by.
type Line<'t> = (&'t str, Option<Number<'t>>, Option<Number<'t>>);

/// The versions of each line, the highest first, each once.
struct Lines<'t>(BTreeMap<Line<'t>, Vec<Version<'t>>>);

impl Lines<'_> {
    /// How many versions of the line are higher.
    fn place(&self, line: &Line<'_>, version: &Version<'_>) -> u64 {
        let versions = self.0.get(line).map_or(&[][..], Vec::as_slice);
        versions.partition_point(|other| other > version) as u64
    }
}

impl Releases {
    /// The versions that count: of each image the highest of each line.
    fn lines<'t>(&self, looking: &Looking<'_, 't>) -> Lines<'t> {
        let mut lines: BTreeMap<Line<'t>, Vec<Version<'t>>> = BTreeMap::new();
        for (at, image) in looking.images() {
            if looking.standing(at) == Standing::TopLevel {
                for (line, version) in self.own(image) {
                    lines.entry(line).or_default().push(version);
                }
            }
        }
        for versions in lines.values_mut() {
            versions.sort_unstable_by(|a, b| b.cmp(a));
            versions.dedup();
        }
        Lines(lines)
    }

    /// The highest version of an image in each line.
    fn own<'t>(&self, image: &'t Image) -> BTreeMap<Line<'t>, Version<'t>> {
        let mut own: BTreeMap<Line<'t>, Version<'t>> = BTreeMap::new();
        for tag in &image.tags {
            let Some(VersionTag::Read(version)) = VersionTag::of(tag) else { continue };
            let line = line_of(&version, self.per);
            if own.get(&line).is_none_or(|known| first_of(known, &version).is_lt()) {
                own.insert(line, version);
            }
        }
        own
    }
}

fn line_of<'t>(version: &Version<'t>, per: ReleaseLine) -> Line<'t> {
    match per {
        ReleaseLine::All => (version.prefix, None, None),
        ReleaseLine::Major => (version.prefix, Some(version.major()), None),
        ReleaseLine::Minor => (version.prefix, Some(version.major()), Some(version.minor())),
    }
}

const fn of(per: ReleaseLine) -> &'static str {
    match per {
        ReleaseLine::All => "releases",
        ReleaseLine::Major => "releases of its major version",
        ReleaseLine::Minor => "releases of its minor version",
    }
}

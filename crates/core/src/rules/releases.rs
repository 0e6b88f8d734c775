//! The rule `releases`: the newest semantic versions of each line.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::{FieldSpec, KeepRule, Kind, Value, Values, reason};
use crate::Image;
use crate::decide::{Facts, Reasons};
use crate::policy::{Form, Word, words};

/// The newest semantic versions of each line.
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
        "Keeps the newest semantic versions of each line.",
    );

    fn of(value: &Value) -> Option<Self> {
        let Value::Form(values) = value else { return None };
        Some(Self { newest: values.get("newest")?, per: values.word("per") })
    }

    fn value(&self) -> Value {
        Values::default().with("newest", self.newest).with("per", self.per.as_word()).into()
    }

    fn keep(&self, facts: &Facts<'_>, reasons: &mut Reasons) {
        let top_level = || facts.graph.images().filter(|(at, _)| facts.graph.is_top_level(*at));
        let mut lines: BTreeMap<Line, BTreeSet<Reverse<Version>>> = BTreeMap::new();
        for (_, image) in top_level() {
            for version in versions(image) {
                lines.entry(line_of(&version, self.per)).or_default().insert(Reverse(version));
            }
        }
        let newest = usize::try_from(self.newest).unwrap_or(usize::MAX);
        let kept: BTreeSet<Version> = lines
            .into_values()
            .flat_map(|versions| versions.into_iter().take(newest))
            .map(|Reverse(version)| version)
            .collect();
        for (at, image) in top_level() {
            if let Some(version) = versions(image).filter(|version| kept.contains(version)).max() {
                let of = of(self.per);
                let detail = format!("{version} is one of the newest {} {of}", self.newest);
                reasons[at].push(reason::<Self>(detail));
            }
        }
    }

    fn unmet(&self, _: &Facts<'_>, _: &Reasons, _: usize) -> Option<String> {
        Some(format!("none of its tags is one of the newest {} versions", self.newest))
    }
}

/// The versions that an image's tags name, `v1.2.3` and `1.2.3` alike.
fn versions(image: &Image) -> impl Iterator<Item = Version> + '_ {
    image.tags.iter().filter_map(|tag| Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok())
}

type Line = (u64, u64);

const fn line_of(version: &Version, per: ReleaseLine) -> Line {
    match per {
        ReleaseLine::All => (0, 0),
        ReleaseLine::Major => (version.major, 0),
        ReleaseLine::Minor => (version.major, version.minor),
    }
}

const fn of(per: ReleaseLine) -> &'static str {
    match per {
        ReleaseLine::All => "releases",
        ReleaseLine::Major => "releases of its major version",
        ReleaseLine::Minor => "releases of its minor version",
    }
}

//! The rule `releases`: the newest semantic versions of each line.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::super::{Facts, Reasons};
use crate::policy::{ReleaseLine, Releases};
use crate::{Image, Reason, ReasonCode};

pub(super) fn keep(facts: &Facts<'_>, rule: Releases, reasons: &mut Reasons) {
    let top_level = || facts.graph.images().filter(|(at, _)| facts.graph.is_top_level(*at));
    let mut lines: BTreeMap<Line, BTreeSet<Reverse<Version>>> = BTreeMap::new();
    for (_, image) in top_level() {
        for version in versions(image) {
            lines.entry(line_of(&version, rule.per)).or_default().insert(Reverse(version));
        }
    }
    let newest = usize::try_from(rule.newest).unwrap_or(usize::MAX);
    let kept: BTreeSet<Version> = lines
        .into_values()
        .flat_map(|versions| versions.into_iter().take(newest))
        .map(|Reverse(version)| version)
        .collect();
    for (at, image) in top_level() {
        if let Some(version) = versions(image).filter(|version| kept.contains(version)).max() {
            let detail = format!("{version} is one of the newest {} {}", rule.newest, of(rule.per));
            reasons[at].push(Reason::new(ReasonCode::Releases, detail));
        }
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

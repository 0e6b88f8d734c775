//! Gaps: places where something could name an image, and nobody saw it whole.

use std::fmt;

use crate::{
    Coverage, CoverageDefault, CoverageStatus, NotAReference, Place, Policy, Source, Usage,
};

/// One source that was not seen whole, in one place or everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The account and Region; none: everywhere that nobody has named.
    pub place: Option<Place>,
    /// The source.
    pub source: Source,
    /// Why, in words.
    pub reason: Box<str>,
}

impl Gap {
    /// Whether what was not seen could pull from a registry.
    ///
    /// Anything can pull from any registry, but a Lambda function only from its own Region.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
    #[must_use]
    pub fn concerns(&self, registry: &Place) -> bool {
        match (&self.place, self.source) {
            (Some(place), Source::Lambda) => place.region == registry.region,
            _ => true,
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{} in {place}: {}", self.source, self.reason),
            None => write!(f, "{} everywhere: {}", self.source, self.reason),
        }
    }
}

/// The gaps that the coverage tells, less what the policy turns off.
pub(super) fn from_coverage(coverage: &Coverage, policy: &Policy) -> Vec<Gap> {
    let everywhere = Source::ALL
        .into_iter()
        .filter(|_| coverage.default == CoverageDefault::Failed)
        .filter(|source| !policy.scope.off.iter().any(|off| off.covers_everywhere(*source)))
        .map(|source| Gap {
            place: None,
            source,
            reason: "the coverage says so of every place that it does not name".into(),
        });
    let rows = coverage
        .except
        .iter()
        .filter(|row| row.status == CoverageStatus::Failed)
        .filter(|row| policy.scope.off_reason(&row.place(), row.source).is_none())
        .map(|row| Gap {
            place: Some(row.place()),
            source: row.source,
            reason: row.reason.clone().unwrap_or_else(|| "no reason given".into()),
        });
    everywhere.chain(rows).collect()
}

/// The gap that a reference makes that cannot be read.
pub(super) fn from_unreadable(
    usage: &Usage,
    problem: &NotAReference,
    policy: &Policy,
) -> Option<Gap> {
    let (place, source) = (usage.place(), usage.source.source());
    policy.scope.off_reason(&place, source).is_none().then(|| Gap {
        place: Some(place),
        source,
        reason: problem.to_string().into(),
    })
}

//! Gaps: places where something could name an image, and nobody saw it whole.

use std::fmt;

use crate::wording::NO_REASON;
use crate::{
    Coverage, CoverageDefault, CoverageRow, CoverageStatus, Place, Policy, Probed, Reach, Remedy,
    ScanPlace, Source,
};

/// One source that was not seen whole, in one place or everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The account and Region, or the cluster; none: everywhere that nobody has named.
    pub place: Option<ScanPlace>,
    /// The source.
    pub source: Source,
    /// Why, in words.
    pub reason: Box<str>,
    /// What can be done about it: each helps, or helps with a part.
    pub remedies: Vec<Remedy>,
}

impl Gap {
    /// Whether what was not seen could pull from a registry.
    #[must_use]
    pub fn concerns(&self, registry: &Place) -> bool {
        match (&self.place, self.source.facts().reach) {
            (Some(place), Reach::OwnRegion) => place.region == registry.region,
            (None, Reach::OwnRegion) | (_, Reach::Everywhere) => true,
        }
    }

    /// The gap of a source in all places that nobody has named.
    #[must_use]
    pub fn everywhere(source: Source, reason: Option<&str>) -> Self {
        Self { place: None, source, reason: in_words(reason), remedies: Vec::new() }
    }
}

/// A row of what was not seen whole, whatever its status.
impl From<&CoverageRow> for Gap {
    fn from(row: &CoverageRow) -> Self {
        Self {
            place: Some(row.scanned()),
            source: row.source,
            reason: in_words(row.reason.as_deref()),
            remedies: row.remedies.clone(),
        }
    }
}

fn in_words(reason: Option<&str>) -> Box<str> {
    reason.unwrap_or(NO_REASON).into()
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{} in {place}: {}", self.source, self.reason),
            None => write!(f, "{} everywhere: {}", self.source, self.reason),
        }
    }
}

impl Coverage {
    /// What was not seen whole, less what the policy turns off.
    #[must_use]
    pub fn gaps(&self, policy: &Policy) -> Vec<Gap> {
        let scope = &policy.scope;
        let everywhere = Source::ALL
            .into_iter()
            .filter(|_| self.default == CoverageDefault::Failed)
            .filter(|source| !scope.is_off_everywhere(*source))
            .map(|source| {
                let reason = "the coverage says so of every place that it does not name";
                Gap::everywhere(source, Some(reason))
            });
        let rows = self
            .except
            .iter()
            .filter(|row| row.status == CoverageStatus::Failed)
            .filter(|row| match row.probed {
                // What is there speaks against its being off.
                Some(Probed::Used) => !scope.is_off_even_if_used(&row.scanned(), row.source),
                _ => scope.off_reason(&row.scanned(), row.source).is_none(),
            })
            .map(Gap::from);
        everywhere.chain(rows).collect()
    }

    /// Whether everything was seen, but for what the policy turns off.
    #[must_use]
    pub fn is_complete(&self, policy: &Policy) -> bool {
        self.gaps(policy).is_empty()
    }
}

//! The document that `ecr-sweep inspect --format json` prints.

use ecr_sweep_core::{Finding, FindingCount, Gap, Inspection, Source, count_findings};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::documents::V1;

/// What is broken in what is there, and what that breaks for those who use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionDocument {
    /// The version of this format.
    pub schema_version: V1,
    /// When what was looked at was so.
    pub now: Timestamp,
    /// The repositories that were looked at.
    pub repositories: u64,
    /// Their images.
    pub images: u64,
    /// How many findings there are of each kind, the worst first.
    pub counts: Vec<FindingCount>,
    /// What is broken, the worst first.
    pub findings: Vec<Finding>,
    /// What was not seen: it may use anything.
    pub not_seen: Vec<NotSeen>,
}

/// A source that was not seen whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotSeen {
    /// The source.
    pub source: Source,
    /// The account and Region, or the cluster; none: everywhere that nobody has named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<str>>,
    /// Why, in words.
    pub reason: Box<str>,
}

impl InspectionDocument {
    /// What was found at one time.
    #[must_use]
    pub fn new(now: Timestamp, inspection: Inspection) -> Self {
        let Inspection { repositories, images, findings, gaps } = inspection;
        Self {
            schema_version: V1,
            now,
            repositories,
            images,
            counts: count_findings(&findings),
            findings,
            not_seen: gaps.iter().map(NotSeen::from).collect(),
        }
    }
}

impl From<&Gap> for NotSeen {
    fn from(gap: &Gap) -> Self {
        Self {
            source: gap.source,
            place: gap.place.as_ref().map(|place| place.to_string().into()),
            reason: gap.reason.clone(),
        }
    }
}

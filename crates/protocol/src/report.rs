//! The document that `ecr-sweep report --format json` prints: what the pages of a report show.

use ecr_sweep_core::{Account, Digest, ReasonCode, Region, RepositoryId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Backtest;
use crate::documents::{RunId, RunSummary, RunTotals, V1};

/// What a run would delete, or has deleted, with what a person decides by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of this format.
    pub schema_version: V1,
    /// How the run ended.
    pub summary: RunSummary,
    /// The runs before it over the same store, the oldest first, and it itself: of those that planned all
    /// that their policy took.
    pub past: Vec<PastRun>,
    /// For which reasons images are kept, the most frequent first. An image counts for each of its
    /// reasons.
    pub kept_for: Vec<KeptFor>,
    /// The largest images that go, or went.
    pub biggest: Vec<ReportedImage>,
    /// Those of them that were pushed first.
    pub oldest: Vec<ReportedImage>,
    /// Images that something uses and nobody has ever pulled.
    pub never_pulled: NeverPulled,
    /// What the policy of the run would have deleted at each run that the store has, and what of it somebody
    /// needed. None where nobody has looked: in the pages that a run itself leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backtest: Option<Backtest>,
    /// Repositories of which the run has stored a plan and not its images, as earlier versions did: sizes
    /// and pulls of what they keep are not known.
    pub without_images: u64,
    /// The repositories whose documents could not be read: the lists above lack theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_read: Vec<NotRead>,
}

/// A run in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PastRun {
    /// The run.
    pub run: RunId,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// Whether nothing was to be deleted.
    pub dry_run: bool,
    /// All its repositories together.
    pub totals: RunTotals,
}

/// How many images are kept for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptFor {
    /// The reason.
    pub code: ReasonCode,
    /// How many images.
    pub images: u64,
}

/// Images that something uses and nobody has ever pulled, as far as the registry knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeverPulled {
    /// How many.
    pub images: u64,
    /// The largest of them.
    pub biggest: Vec<ReportedImage>,
}

/// An image that a report names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedImage {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The image.
    pub digest: Digest,
    /// Its tags.
    pub tags: Vec<Box<str>>,
    /// Its size, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// When it was pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    /// Its last pull.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulled_at: Option<Timestamp>,
}

impl ReportedImage {
    /// The repository.
    #[must_use]
    pub fn repository_id(&self) -> RepositoryId {
        let registry =
            ecr_sweep_core::Place { account: self.account.clone(), region: self.region.clone() };
        RepositoryId { registry, name: self.repository.clone() }
    }
}

/// A repository whose documents could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotRead {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// Why.
    pub reason: Box<str>,
}

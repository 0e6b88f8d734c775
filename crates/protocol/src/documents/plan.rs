//! The stored plan of one repository.

use std::collections::BTreeSet;

use ecr_sweep_core::{
    Account, Admitted, Block, Digest, GoesOn, ReadAlone, Region, RepositoryPlan, Summary, Warning,
    Wave,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FindingSummary, RepositoryFailure, RunId, V1};

/// The plan of one repository: what a person reviews, and all that deleting needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoredPlan {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// When it was planned; past the policy's `plan_max_age` nothing is deleted by it.
    pub planned_at: Timestamp,
    /// The SHA-256 of the policy's text.
    pub policy_digest: Digest,
    /// When the oldest scan that it rests on began.
    pub evidence_at: Timestamp,
    /// Whom the repository's or its registry's resource policy lets pull besides its own account,
    /// sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allows: Vec<Admitted>,
    /// What referrers name and that is not in the repository, sorted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub absent_subjects: BTreeSet<Digest>,
    /// Of these, those that are deleted from other repositories: what refers to them goes after them.
    /// None where they were not looked for in the other repositories, as long as nothing may go that
    /// refers to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Vec<AwaitedSubject>>,
    /// Other repositories that could not be listed, and that may have what something here refers to:
    /// it is kept for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlisted: Vec<RepositoryFailure>,
    /// What is broken in the repository. None where nothing is, and in runs that did not look for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingSummary>,
    /// Indexes that somebody reads who is no run of this store. None where nobody does, and in runs that did not look for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_alone: Option<ReadAlone>,
    /// The verdicts, summary first.
    pub plan: RepositoryPlan,
    /// What is deleted, in an order that is safe to stop anywhere: each wave once every earlier
    /// one is gone. Empty where the plan is blocked.
    pub waves: Vec<Wave>,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// What the rule looks for among the tags of images and did not find in this repository, in
    /// words. It is a warning of the run where no other repository of the rule has it either.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sought_in_vain: BTreeSet<Box<str>>,
}

/// An image that something in another repository refers to, and that has to be gone before that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitedSubject {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The image.
    pub digest: Digest,
}

/// A stored plan without its images: reading it takes memory for the numbers alone.
#[derive(Debug, Deserialize)]
pub struct StoredPlanHead {
    /// When it was planned.
    pub planned_at: Timestamp,
    /// What referrers name and that is not in the repository.
    #[serde(default)]
    pub absent_subjects: BTreeSet<Digest>,
    /// Of these, those that are deleted from other repositories, once they were looked for.
    #[serde(default)]
    pub awaits: Option<Vec<AwaitedSubject>>,
    /// Other repositories that could not be listed, and for which something here is kept.
    #[serde(default)]
    pub unlisted: Vec<RepositoryFailure>,
    /// What is broken in the repository.
    #[serde(default)]
    pub findings: Option<FindingSummary>,
    /// Indexes that somebody reads who is no run of this store.
    #[serde(default)]
    pub read_alone: Option<ReadAlone>,
    /// The numbers.
    pub plan: PlanHead,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// What the rule looks for among the tags of images and did not find in this repository.
    #[serde(default)]
    pub sought_in_vain: BTreeSet<Box<str>>,
}

impl StoredPlanHead {
    /// Whether something has to go from other repositories first.
    #[must_use]
    pub fn awaits_others(&self) -> bool {
        self.awaits.as_ref().is_some_and(|awaits| !awaits.is_empty())
    }
}

/// The numbers of a plan.
#[derive(Debug, Deserialize)]
pub struct PlanHead {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The plan in numbers.
    pub summary: Summary,
    /// How many images wait, by the day on which they go at the earliest.
    #[serde(default)]
    pub goes_on: Vec<GoesOn>,
    /// Why nothing is deleted here, although something would be.
    pub blocked: Vec<Block>,
}

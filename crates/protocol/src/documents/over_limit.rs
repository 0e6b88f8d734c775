//! What follows for the plans of a run that together are over its limits.

use std::collections::BTreeSet;

use ecr_sweep_core::{Account, Digest, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// That the plans of a run together delete more than its limits allow, and what follows from it.
///
/// It is there before the first of the plans is changed for it, and holds as long as they rest on
/// this evidence: a step that stopped when some were changed finds fewer deletions when it is called
/// again, and not that they are within the limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunOverLimit {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// Which evidence the plans rest on: as in the run's `coverage.json`.
    pub evidence: Digest,
    /// What follows.
    pub follows: OverLimit,
}

/// What follows for the plans of a run that is over its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum OverLimit {
    /// Nothing is deleted in any repository.
    Blocked {
        /// Why, in words.
        detail: Box<str>,
    },
    /// The oldest are deleted. These stay, with all that they need.
    Held {
        /// The images that stay, by repository.
        repositories: Vec<HeldImages>,
    },
}

/// Images of one repository that a run's limits hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldImages {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The images, sorted. Never empty.
    pub images: BTreeSet<Digest>,
}

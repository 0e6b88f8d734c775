//! What stopped a step for one repository, and none of the others.

use ecr_sweep_core::{Account, Region, coded};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, Stage, V1};
use crate::Reported;

/// A step that ended in an error for one repository. The others went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryFailure {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The step.
    pub step: StepName,
    /// When it ended.
    pub failed_at: Timestamp,
    /// The error's fixed name, such as `AccessDenied`.
    pub error: Reported,
    /// What was tried, on what, and what to do next.
    pub message: Box<str>,
}

impl From<Stage> for StepName {
    /// The step that makes this plan.
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Plan => Self::Plan,
            Stage::Recheck => Self::Recheck,
        }
    }
}

impl StepName {
    /// The plan that it makes, or deletes by; listing comes before the first.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::List | Self::Plan => Stage::Plan,
            Self::Recheck | Self::Delete => Stage::Recheck,
        }
    }
}

coded! {
    /// A step that works on one repository at a time.
    pub enum StepName {
        List "list" "Reading which repositories there are, and their tags.",
        Plan "plan" "Planning.",
        Recheck "recheck" "Planning again, just before deleting.",
        Delete "delete" "Deleting.",
    }
}

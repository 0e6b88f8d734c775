//! What became of the last attempt at one repository.

use ecr_sweep_core::{Account, Digest, Region};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RepositoryFailure, RunId, StepName, V1};
use crate::Reported;

/// The last attempt at one repository: to make one of a run's two plans of it, or to delete by
/// that plan. There is one document for each of the two plans, and what is written last holds: no
/// clock has a say in whether a later attempt made up for an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryAttempt {
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
    /// What became of it.
    pub outcome: AttemptOutcome,
}

/// What became of an attempt at one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum AttemptOutcome {
    /// It is planned, and nothing has stopped since.
    Planned {
        /// The SHA-256 of the stored plan: no other one is meant.
        plan_digest: Digest,
        /// Whether something in the repository refers to images that are not in it: what stays in
        /// other repositories matters to it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        refers_elsewhere: bool,
    },
    /// A step stopped. If that was the deletion, its plan is still there.
    Failed {
        /// The step.
        step: StepName,
        /// When it stopped, for people.
        failed_at: Timestamp,
        /// The error's fixed name, such as `AccessDenied`.
        error: Reported,
        /// What was tried, on what, and what to do next.
        message: Box<str>,
    },
}

impl From<RepositoryFailure> for RepositoryAttempt {
    fn from(failure: RepositoryFailure) -> Self {
        let RepositoryFailure { schema_version, run, account, region, repository, .. } = failure;
        let RepositoryFailure { step, failed_at, error, message, .. } = failure;
        let outcome = AttemptOutcome::Failed { step, failed_at, error, message };
        Self { schema_version, run, account, region, repository, outcome }
    }
}

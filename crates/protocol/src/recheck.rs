//! The document that `ecr-sweep start --plan RUN --format json` prints.

use ecr_sweep_core::{Account, Region};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ExitCode;
use crate::documents::{BlockSummary, RepositoryFailure, RunId, V1};

/// What of a stored plan still holds. Nothing is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recheck {
    /// The version of this format.
    pub schema_version: V1,
    /// The run whose plan it is.
    pub run: RunId,
    /// When it was held against fresh evidence.
    pub checked_at: Timestamp,
    /// Every repository in which the plan deletes something, sorted by registry and name.
    pub repositories: Vec<RecheckedRepository>,
}

/// What of one repository's plan still holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecheckedRepository {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// How many images the plan deletes.
    pub planned: u64,
    /// How many of them would go now.
    pub still: u64,
    /// How many of them are not there any more.
    pub gone: u64,
    /// Why others are kept now: an image counts for each of its reasons.
    pub kept: Vec<KeptNow>,
    /// Why nothing goes now.
    pub blocked: Vec<BlockSummary>,
    /// What kept it from being planned again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<RepositoryFailure>,
}

/// Images that are kept now for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptNow {
    /// The reason's code.
    pub code: Box<str>,
    /// How many images.
    pub images: u64,
}

impl Recheck {
    /// The exit code of the command that made it.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let is_in_the_way =
            |it: &RecheckedRepository| !it.blocked.is_empty() || it.failed.is_some();
        if self.repositories.iter().any(is_in_the_way) {
            ExitCode::Incomplete
        } else {
            ExitCode::Done
        }
    }
}

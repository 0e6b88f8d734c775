//! What a run was asked to do.

use ecr_sweep_core::Digest;
use ecr_sweep_core::policy::GivenPrice;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// What a run was asked to do. Written once, first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// The version of ecr-sweep.
    pub tool_version: Box<str>,
    /// The SHA-256 of the policy's text, which is stored beside this document.
    pub policy_digest: Digest,
    /// Whether nothing is to be deleted, whatever the plan says.
    pub dry_run: bool,
    /// Patterns over the names of the repositories to plan; all that the policy takes, if empty.
    pub repositories: Vec<Box<str>>,
    /// Whether it only explains an image: it has no summary, and nothing is ever deleted by it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub explain_only: bool,
    /// Prices of storage that count before the policy's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<GivenPrice>,
    /// Whether each layer that goes is counted once, whatever the policy says of sizes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exact_sizes: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

//! The approval of a plan, on record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApprovalAnswer, RunId, V1};

/// Who approved a run's plan, or rejected it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRecord {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The answer.
    pub answer: ApprovalAnswer,
}

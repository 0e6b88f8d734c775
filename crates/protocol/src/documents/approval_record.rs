//! The approval of a plan, on record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApprovalAnswer, Caller, RunId, V1};

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
    /// Who started what is approved, as STS says, where a second person has to approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<Caller>,
    /// Who approved it, as STS says, there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Caller>,
}

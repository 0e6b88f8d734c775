//! The wish that a run deletes no more.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// Who wants a run to stop, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopWish {
    /// Who asked for it.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// What the policy's own brake found. Absent: somebody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Box<str>>,
}

/// That a run is to delete no more. It holds until somebody takes up the run's plan again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// Who wants it. Absent: nobody any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<StopWish>,
}

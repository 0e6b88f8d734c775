//! The input of an execution.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::documents::{IdentityProof, RunId};

/// The input of an execution of the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SweepInput {
    /// Whether nothing is to be deleted. Only `false` deletes, and only where the deployment lets
    /// it.
    #[serde(default = "yes")]
    pub dry_run: bool,
    /// The run whose plan is to be deleted, or only planned again in a dry run; a new one, if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<RunId>,
    /// Patterns over the names of the repositories to plan; all that the policy takes, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<Box<str>>,
    /// What shows who starts it, for a deployment in which a second person has to approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<IdentityProof>,
}

const fn yes() -> bool {
    true
}

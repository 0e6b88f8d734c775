//! What list-repos is asked.

use serde::{Deserialize, Serialize};

use super::SweepInput;

/// What list-repos is asked. It answers with the [state](super::SweepState) of the execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum ListReposCall {
    /// List scopes and repositories, or find the plan of an earlier run.
    List {
        /// The name of the execution: that of a new run.
        execution: String,
        /// What the execution was asked for.
        input: SweepInput,
    },
}

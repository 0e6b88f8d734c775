//! What ends a command early, where its result was to be JSON: one line on standard error.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::documents::V1;

/// Why a command has no result, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailedCommand {
    /// The version of this format.
    pub schema_version: V1,
    /// The exit code that the command ends with.
    pub exit_code: u8,
    /// The act that did not succeed, and its object.
    pub error: Box<str>,
    /// What kept it from succeeding, the nearest cause first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Box<str>>,
    /// What to do next, where there is anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<str>>,
    /// What is wrong with a file, by position.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<FileProblem>,
    /// How many more problems it has that are not told.
    #[serde(default, skip_serializing_if = "is_none")]
    pub untold: u64,
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileProblem {
    /// The file, as it was named.
    pub file: Box<str>,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: Box<str>,
    /// What goes there.
    pub expected: Box<str>,
    /// What may be meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Box<str>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

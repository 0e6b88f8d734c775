//! Where usage is looked for.

use ecr_sweep_core::{CoverageDefault, Remedy, ScanPlace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// The accounts and Regions whose usage is scanned, and the clusters in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scopes {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// What holds for places that are not scanned: `complete` if the policy says that nobody
    /// there pulls, `failed` if it could not be told which places there are.
    pub default: CoverageDefault,
    /// Why they count as failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedy>,
    /// The organization's id, if all its accounts are among the places or off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Box<str>>,
    /// The places, sorted.
    pub scopes: Vec<ScanPlace>,
}

//! The state of an execution between its steps.

use serde::{Deserialize, Serialize};

use crate::documents::{Caller, FencingToken, RunId, Stage};

/// The state of an execution between its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepState {
    /// The run.
    pub run: RunId,
    /// Which plan is being made.
    pub stage: Stage,
    /// Whether nothing is to be deleted.
    pub dry_run: bool,
    /// Whether the plan of an earlier execution is to be deleted, or planned again.
    pub reviewed: bool,
    /// Whether somebody has to approve.
    pub approval: bool,
    /// Who started it, as STS says, where it takes somebody else to approve; none where anybody may who can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_than: Option<Caller>,
    /// The token of the lock, while it is held.
    pub token: Option<FencingToken>,
    /// The key of the accounts and Regions to scan.
    pub scopes_key: String,
    /// The key of the registries whose repositories are planned.
    pub registries_key: String,
    /// How many registries these are. The machine alone goes by it: no Map gets an empty array. An
    /// execution that began before they were counted has none here.
    #[serde(default)]
    pub registries: u64,
    /// How much may be under way at once.
    pub concurrency: AtOnce,
    /// How many images were gone before this round.
    pub gone: u64,
    /// How many were gone at the end of the last round, if it deleted none: another one that deletes none
    /// is the last. One alone may be because an execution was stopped and went on later.
    #[serde(default)]
    pub gone_in_vain: Option<u64>,
}

/// How much may be under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtOnce {
    /// Accounts and Regions that are scanned.
    pub scopes: u32,
    /// Registries.
    pub registries: u32,
    /// Repositories of one registry.
    pub repositories: u32,
}

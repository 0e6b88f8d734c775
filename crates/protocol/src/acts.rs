//! The documents that commands print as JSON which do one thing, and say what came of it.

use ecr_sweep_core::Digest;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::NotSeen;
use crate::documents::{RunId, V1};

/// That a run was asked to delete no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedToStop {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// Who asked.
    pub by: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Whether the run deletes now: then it stops before its next batch. Else it deletes nothing until its plan
    /// is taken up again.
    pub deletes: bool,
}

/// That the lock of a run was given back, if it had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unlocked {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// Until when the lock was its own; absent where it had none, and nothing was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether it still was when it was given back.
    pub was_held: bool,
    /// Whether it could not be read, and was taken away whosever it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_damaged: bool,
}

/// What became of the copies in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrunedVault {
    /// The version of this format.
    pub schema_version: V1,
    /// Whether nothing was to be removed.
    pub dry_run: bool,
    /// Those that nobody wants any more, sorted: removed, or to be.
    pub unwanted: Vec<Digest>,
    /// How many stay.
    pub kept: u64,
}

/// A policy that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenPolicy {
    /// The version of this format.
    pub schema_version: V1,
    /// The file that it was written to; absent where it is in this document alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_to: Option<Box<str>>,
    /// Its text, with comments.
    pub policy: Box<str>,
    /// What was not seen of that which may name images; absent where nothing was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_seen: Option<Vec<NotSeen>>,
}

/// A snapshot that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordedSnapshot {
    /// The version of this format.
    pub schema_version: V1,
    /// The file.
    pub written_to: Box<str>,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// How many registries it has.
    pub registries: u64,
    /// Their repositories.
    pub repositories: u64,
    /// Their images.
    pub images: u64,
    /// References to images, each with what names it.
    pub references: u64,
    /// What was not seen: it may use anything.
    pub not_seen: Vec<NotSeen>,
}

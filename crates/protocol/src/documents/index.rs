//! Usage by repository: what planning one repository has to read.

use ecr_sweep_core::{Account, Coverage, Digest, Region, Usage, Warning};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// The usage that names one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryIndex {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The SHA-256 of the usage documents that this comes from: documents of one index share it.
    pub evidence: Digest,
    /// What names the repository, sorted.
    pub usage: Vec<Usage>,
}

/// The usage that names a digest: a digest that is used is kept in every repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DigestIndex {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The SHA-256 of the usage documents that this comes from: documents of one index share it.
    pub evidence: Digest,
    /// What names a digest, or was resolved to one, sorted.
    pub usage: Vec<Usage>,
}

/// What was seen, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunCoverage {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The SHA-256 of the usage documents that this comes from: documents of one index share it.
    pub evidence: Digest,
    /// When the oldest of the scans began.
    pub evidence_at: Timestamp,
    /// How many references the scans saw.
    pub references: u64,
    /// Why places without a row count as failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_reason: Option<Box<str>>,
    /// One row a source and scope. A source of which a reference could not be read is failed.
    pub coverage: Coverage,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
}

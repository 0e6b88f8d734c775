//! Usage by repository: what planning one repository has to read.

use ecr_sweep_core::{
    Account, Admitted, CacheRules, Coverage, Digest, Place, Region, Remedy, Unread, Usage, Warning,
};
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
    /// The SHA-256 of what this comes from, the usage documents and the settings of the registries:
    /// documents of one index share it.
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
    /// The SHA-256 of what this comes from, the usage documents and the settings of the registries:
    /// documents of one index share it.
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
    /// The SHA-256 of what this comes from, the usage documents and the settings of the registries:
    /// documents of one index share it.
    pub evidence: Digest,
    /// When the oldest of the scans began.
    pub evidence_at: Timestamp,
    /// How many references the scans saw.
    pub references: u64,
    /// Why places without a row count as failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_reason: Option<Box<str>>,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_remedies: Vec<Remedy>,
    /// The organization's id, if all its accounts were scanned or are off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Box<str>>,
    /// One row a source and scope. A source of which a reference could not be read is failed.
    pub coverage: Coverage,
    /// What the settings of the registries say, read after the scans; in the registries' order.
    pub registries: Vec<RegistrySettings>,
    /// What pull-through caches cache from ECR itself, in these registries and in others that
    /// something names, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cache_rules: Vec<CacheRules>,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
}

/// What the settings of a registry say of all its repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrySettings {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// Whom its resource policy lets pull besides its own account, sorted.
    pub allows: Vec<Admitted>,
    /// Where deletions are replicated to, sorted.
    pub deletes_replicate_to: Vec<Place>,
    /// Why they could not be read; what was is above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
}

impl RegistrySettings {
    /// The account and Region.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

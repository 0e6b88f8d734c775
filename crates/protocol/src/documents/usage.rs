//! What one account and Region uses.

use ecr_sweep_core::{Account, CoverageRow, Place, Region, Usage};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// What one account and Region uses, and which sources were seen whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeUsage {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// When the scan began: what started later may be missing.
    pub scanned_at: Timestamp,
    /// One row a source, in the order of the sources.
    pub coverage: Vec<CoverageRow>,
    /// What names images, sorted.
    pub usage: Vec<Usage>,
}

impl ScopeUsage {
    /// The account and Region.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

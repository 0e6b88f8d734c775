//! What one account and Region uses.

use ecr_sweep_core::{Account, ClusterName, CoverageRow, Region, ScanPlace, Usage};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// What one account and Region uses, or one cluster in it, and which sources were seen whole.
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
    /// The cluster, if it is the usage of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterName>,
    /// When the scan began: what started later may be missing.
    pub scanned_at: Timestamp,
    /// One row a source, in the order of the sources.
    pub coverage: Vec<CoverageRow>,
    /// What names images, sorted.
    pub usage: Vec<Usage>,
}

impl ScopeUsage {
    /// What was scanned.
    #[must_use]
    pub fn place(&self) -> ScanPlace {
        ScanPlace {
            account: self.account.clone(),
            region: self.region.clone(),
            cluster: self.cluster.clone(),
        }
    }
}

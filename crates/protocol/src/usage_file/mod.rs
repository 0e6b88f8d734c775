//! Usage files: what uses images, seen by somebody else than the run that reads the file.
//!
//! `ecr-sweep scan -o FILE` writes one, in a cluster that a run cannot reach for example, and others
//! may write them by hand. A plain JSON list of references is read, too: it only adds.

mod read;

pub use read::{UsageFileError, UsageFileProblem, read};

use ecr_sweep_core::{Account, ClusterName, Region, ScanPlace, Source, Usage};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::documents::V1;

/// What was seen to use images, and what of it was seen whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageFile {
    /// The version of this format.
    pub schema_version: V1,
    /// When the scan began: what started later may be missing.
    pub taken_at: Timestamp,
    /// What was looked at. Each that is complete counts as seen whole, as if the run had seen it.
    pub scanned: Vec<ScannedSource>,
    /// What names images. Each row is of one of those that were looked at.
    pub usage: Vec<Usage>,
}

/// One source that was looked at, in one account and Region or one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScannedSource {
    /// The account. For what is in none, the one whose images it uses.
    pub account: Account,
    /// The Region. For what is in none, the one whose images it uses.
    pub region: Region,
    /// The cluster, of a source that has clusters; none: what is in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterName>,
    /// The source: `files` for a platform that is none.
    pub source: Source,
    /// The platform, where the source is `files`, such as `nomad`. Opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Box<str>>,
    /// Whether everything was seen.
    pub complete: bool,
    /// Why not, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// How many things were looked at that could name an image. Zero says that there is nothing
    /// there.
    pub found: u64,
    /// How many rows of `usage` are of it.
    pub references: u64,
    /// How many calls it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
}

impl ScannedSource {
    /// Where it was looked at.
    #[must_use]
    pub fn place(&self) -> ScanPlace {
        ScanPlace {
            account: self.account.clone(),
            region: self.region.clone(),
            cluster: self.cluster.clone(),
        }
    }
}

/// What a usage file says, whichever of the two formats it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsageFileContent {
    /// What was looked at, and what was seen.
    Scanned(UsageFile),
    /// References, as ecrm writes them: what they were seen in is not said, nor whether these are
    /// all.
    References(Vec<Box<str>>),
}

#[cfg(test)]
mod tests;

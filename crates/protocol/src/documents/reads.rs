//! What reading manifests did to pull times.

use ecr_sweep_core::{Account, Digest, Region};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::V1;

/// The manifests of one repository that were read by ecr-sweep itself.
///
/// `BatchGetImage` counts as a pull, so the pull time that such a read has left is nobody's need.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-time-update-exclusions.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestReads {
    /// The version of this format.
    pub schema_version: V1,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// Whether a deletion has written down more, in the document of its own reads.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_more: bool,
    /// The reads, sorted by digest and time.
    pub reads: Vec<ManifestRead>,
}

/// One read of one manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestRead {
    /// The image.
    pub digest: Digest,
    /// A moment before it was asked for.
    pub from: Timestamp,
    /// A moment after the answer, and after the look at what it left; absent if the program ended
    /// before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// The image's last pull by somebody else before that.
    pub pulled_before: Option<Timestamp>,
    /// The last pull that the registry showed right after it: this and no other is the read's own.
    /// Absent if nobody looked: the program ended before, or is of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulled_after: Option<Timestamp>,
}

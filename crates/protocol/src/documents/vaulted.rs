//! What the vault keeps, for which images, and for how long.

use ecr_sweep_core::{Account, Digest, Region};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// The blobs of the images of one batch, which the vault keeps at least until a time. It is written
/// before the first of them is copied. A blob is wanted as long as any of these documents wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultedBatch {
    /// The version of this format.
    pub schema_version: V1,
    /// The run that deletes the images.
    pub run: RunId,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// Until when they are wanted.
    pub wanted_until: Timestamp,
    /// The bucket, and the prefix in it, where the blobs are, such as `s3://my-vault/sweeps`. Absent: in the run store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<Box<str>>,
    /// The blobs, sorted by digest.
    pub blobs: Vec<VaultedBlob>,
}

/// A configuration or a layer that the vault keeps, or is to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultedBlob {
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its size in bytes, once it was seen in the vault with that digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Which copy that was, where the vault can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Box<str>>,
}

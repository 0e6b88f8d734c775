//! What runs remember of one another: since when images have been planned for deletion.

use ecr_sweep_core::{Account, Digest, Region};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::V1;

/// Since when the images of one repository have been planned for deletion without a break, for
/// the policy's `grace`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedImages {
    /// The version of this format.
    pub schema_version: V1,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The images, sorted by digest.
    pub images: Vec<PlannedImage>,
}

/// An image that the last run planned for deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedImage {
    /// The image.
    pub digest: Digest,
    /// When the first of the runs planned it that have all planned it since.
    pub since: Timestamp,
}

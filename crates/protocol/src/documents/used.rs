//! What runs remember of one another: what was in use, when, and by what.

use ecr_sweep_core::{Account, Digest, Region, UsageKind, UseHistory};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::V1;

/// Which images of one repository runs have seen in use, for keep rules that ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedImages {
    /// The version of this format.
    pub schema_version: V1,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// How far what is remembered can be relied on. Absent where no run has seen all usage yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<UseHistory>,
    /// The images, sorted by digest.
    pub images: Vec<UsedImage>,
}

/// An image that a run saw in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedImage {
    /// The image.
    pub digest: Digest,
    /// The hour in which a run first saw it in use: the end of it.
    pub first_seen: Timestamp,
    /// The hour in which a run last saw it in use: the end of it.
    pub last_seen: Timestamp,
    /// When the first run after that which saw all usage did not see it: until then it may have been
    /// in use. Absent where none has looked since, or only earlier versions did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_at: Option<Timestamp>,
    /// Some of what used it then.
    pub by: Vec<Consumer>,
}

/// What used an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// What kind of resource it is.
    pub kind: UsageKind,
    /// The resource. What is very long is cut.
    pub arn: Box<str>,
    /// In which account it was seen.
    pub account: Account,
    /// In which Region it was seen.
    pub region: Region,
}

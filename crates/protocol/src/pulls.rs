//! Who pulled an image, as far as the event history tells.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use ecr_sweep_core::coded;

/// Who pulled an image. It changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pulls {
    /// Since when events can be looked up: earlier pulls are not told.
    pub since: Timestamp,
    /// Who pulled, the latest first; the own reads of ecr-sweep come last.
    pub pullers: Vec<Puller>,
    /// Why there may be more, each in a sentence. Empty: all that the event history has was read.
    pub not_read: Vec<Box<str>>,
}

/// Somebody who pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Puller {
    /// The role behind a session, the user, the service, or the account.
    pub principal: Box<str>,
    /// The name of the latest session, of an assumed role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Box<str>>,
    /// The service that called for somebody, or else the address of the latest call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Box<str>>,
    /// What was pulled.
    pub what: PulledWhat,
    /// Whether ecr-sweep itself read, to know what an index lists or to store a manifest.
    pub own: bool,
    /// How many calls.
    pub calls: u64,
    /// The first of them.
    pub first: Timestamp,
    /// The latest.
    pub latest: Timestamp,
}

coded! {
    /// What somebody pulled, the most certain first.
    pub enum PulledWhat {
        Digest "digest" "This image, by its digest.",
        Tag "tag" "Whatever image had a tag then that this image has now.",
        Layer "layer" "A layer of some image of the repository: the event does not say of which.",
    }
}

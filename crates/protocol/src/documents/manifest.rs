//! A manifest, word for word.

use ecr_sweep_core::{Digest, MediaType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::V1;

/// A manifest, word for word: its SHA-256 is the image's digest, so a reader can verify it, and
/// `PutImage` can put it back while its layers still exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoredManifest {
    /// The version of this format.
    pub schema_version: V1,
    /// The image.
    pub digest: Digest,
    /// The manifest's media type.
    pub media_type: MediaType,
    /// The manifest's text.
    pub manifest: Box<str>,
}

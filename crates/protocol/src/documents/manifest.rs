//! Manifests, word for word.

use ecr_sweep_core::{Account, Digest, MediaType, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

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

/// The manifests of images of one batch, stored before the images go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManifestPack {
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
    /// The manifests, sorted by digest.
    pub manifests: Vec<PackedManifest>,
}

/// Manifests of one repository's indexes, which planning reads once: the newest, and beside them
/// the packs that hold the others. A pack has the same form, names none, and is never changed: it
/// is under the SHA-256 of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexManifests {
    /// The version of this format.
    pub schema_version: V1,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The packs, sorted; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<Digest>,
    /// The manifests, sorted by digest.
    pub manifests: Vec<PackedManifest>,
}

/// A manifest among others, word for word: its SHA-256 is the image's digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackedManifest {
    /// The image.
    pub digest: Digest,
    /// The manifest's media type.
    pub media_type: MediaType,
    /// The manifest's text.
    pub manifest: Box<str>,
}

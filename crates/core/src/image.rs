//! What is known of one image.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Digest;

/// One manifest in a repository, with what the registry says of it.
///
/// Facts only: what follows from them is the decision's. Missing facts stay missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// What identifies the image.
    pub digest: Digest,
    /// The tags that the image has now.
    #[serde(default)]
    pub tags: Vec<Box<str>>,
    /// When the image was pushed; without it the image is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    /// The last pull that the registry recorded. Refreshed at most daily.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulled_at: Option<Timestamp>,
    /// When the image was last restored from the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<Timestamp>,
    /// When the image was last archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Timestamp>,
    /// When a run last saw it in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// When a run first saw that it was not in use any more: until then it may have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_at: Option<Timestamp>,
    /// Bytes of its layers; of an index, of its largest child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// The manifest's media type.
    #[serde(default)]
    pub media_type: MediaType,
    /// The media type of the image's configuration, or its artifact type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<Box<str>>,
    /// The manifests that an index lists. Missing or null for an index: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<Digest>>,
    /// The image that a referrer refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// Whether the image can be pulled.
    #[serde(default)]
    pub status: ImageStatus,
}

impl Image {
    /// An image of which only the digest is known.
    #[must_use]
    pub fn new(digest: Digest) -> Self {
        Self {
            digest,
            tags: Vec::new(),
            pushed_at: None,
            pulled_at: None,
            restored_at: None,
            archived_at: None,
            used_at: None,
            unused_at: None,
            size_bytes: None,
            media_type: MediaType::default(),
            artifact_type: None,
            children: None,
            subject: None,
            status: ImageStatus::default(),
        }
    }

    /// The manifests that the image lists, as far as they are known.
    #[must_use]
    pub fn known_children(&self) -> &[Digest] {
        self.children.as_deref().unwrap_or(&[])
    }

    /// Bytes that are there for this image, layers that it shares with others among them. None of an index, whose size
    /// is that of its largest part, which is an image of its own; None where the registry does not say it.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html>
    #[must_use]
    pub fn own_bytes(&self) -> Option<u64> {
        if self.is_index() { None } else { self.size_bytes }
    }

    /// Whether the image lists other manifests.
    #[must_use]
    pub fn is_index(&self) -> bool {
        self.media_type.is_index() || !self.known_children().is_empty()
    }

    /// Whether the image may list other manifests that nobody knows: an index that was not read,
    /// or a media type that this version does not know.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        match self.media_type {
            MediaType::OciIndex | MediaType::DockerList => self.children.is_none(),
            MediaType::Other(_) => true,
            MediaType::OciManifest
            | MediaType::DockerManifest
            | MediaType::DockerSchema1
            | MediaType::SignedDockerSchema1 => false,
        }
    }

    /// Its tags, but for the fallback tags of other images. A fallback tag that names the image
    /// itself is an ordinary tag: imgpkg writes one with every image.
    pub fn ordinary_tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|tag| &**tag).filter(|tag| self.fallback_subject_of(tag).is_none())
    }

    /// Whether the image has an ordinary tag.
    #[must_use]
    pub fn is_tagged(&self) -> bool {
        self.ordinary_tags().next().is_some()
    }

    /// The other images that it refers to by fallback tag.
    pub fn fallback_subjects(&self) -> impl Iterator<Item = Digest> + '_ {
        self.tags.iter().filter_map(|tag| self.fallback_subject_of(tag))
    }

    fn fallback_subject_of(&self, tag: &str) -> Option<Digest> {
        fallback_subject(tag).filter(|subject| *subject != self.digest)
    }

    /// The later of its last pull and its last restore.
    #[must_use]
    pub fn last_needed_at(&self) -> Option<Timestamp> {
        self.pulled_at.max(self.restored_at)
    }
}

/// The digest that a fallback tag names: `sha256-<64 hex>`, alone (the referrers tag schema) or
/// followed by `.` or `-` and a suffix (cosign's `.sig`, `.att`, `.sbom`).
///
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema>
#[must_use]
pub fn fallback_subject(tag: &str) -> Option<Digest> {
    let (hex, rest) = tag.strip_prefix("sha256-")?.split_at_checked(64)?;
    match rest.as_bytes() {
        [] | [b'.' | b'-', _, ..] => Digest::from_hex(hex),
        _ => None,
    }
}

/// The media type of a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaType {
    /// `application/vnd.oci.image.manifest.v1+json`
    #[default]
    OciManifest,
    /// `application/vnd.oci.image.index.v1+json`
    OciIndex,
    /// `application/vnd.docker.distribution.manifest.v2+json`
    DockerManifest,
    /// `application/vnd.docker.distribution.manifest.list.v2+json`
    DockerList,
    /// `application/vnd.docker.distribution.manifest.v1+json`
    DockerSchema1,
    /// `application/vnd.docker.distribution.manifest.v1+prettyjws`
    SignedDockerSchema1,
    /// One that this version does not know: it may list other manifests.
    Other(Box<str>),
}

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+json";
const SIGNED_DOCKER_SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

impl MediaType {
    /// The known ones.
    pub const KNOWN: [Self; 6] = [
        Self::OciManifest,
        Self::OciIndex,
        Self::DockerManifest,
        Self::DockerList,
        Self::DockerSchema1,
        Self::SignedDockerSchema1,
    ];

    /// The media type as manifests spell it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::OciManifest => OCI_MANIFEST,
            Self::OciIndex => OCI_INDEX,
            Self::DockerManifest => DOCKER_MANIFEST,
            Self::DockerList => DOCKER_LIST,
            Self::DockerSchema1 => DOCKER_SCHEMA_1,
            Self::SignedDockerSchema1 => SIGNED_DOCKER_SCHEMA_1,
            Self::Other(text) => text,
        }
    }

    /// Whether it is a Docker manifest of schema 1, which is always an image.
    ///
    /// <https://github.com/distribution/distribution/blob/v2.8.3/docs/spec/manifest-v2-1.md>
    #[must_use]
    pub const fn is_schema_1(&self) -> bool {
        matches!(self, Self::DockerSchema1 | Self::SignedDockerSchema1)
    }

    /// Whether manifests of this type list others.
    #[must_use]
    pub const fn is_index(&self) -> bool {
        matches!(self, Self::OciIndex | Self::DockerList)
    }
}

impl From<&str> for MediaType {
    fn from(text: &str) -> Self {
        match text {
            OCI_MANIFEST => Self::OciManifest,
            OCI_INDEX => Self::OciIndex,
            DOCKER_MANIFEST => Self::DockerManifest,
            DOCKER_LIST => Self::DockerList,
            DOCKER_SCHEMA_1 => Self::DockerSchema1,
            SIGNED_DOCKER_SCHEMA_1 => Self::SignedDockerSchema1,
            other => Self::Other(other.into()),
        }
    }
}

impl Serialize for MediaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MediaType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = MediaType;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a manifest's media type")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<MediaType, E> {
                Ok(text.into())
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl JsonSchema for MediaType {
    fn schema_name() -> Cow<'static, str> {
        "MediaType".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "The media type of a manifest; an unknown one is kept and blocks its repository",
            "examples": Self::KNOWN.map(|known| known.as_str().to_owned())
        })
    }
}

/// The configuration media types of things that containers are started from.
const IMAGE_CONFIGURATIONS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// Whether an artifact type is that of a Docker or OCI image.
#[must_use]
pub fn is_image_configuration(artifact_type: &str) -> bool {
    IMAGE_CONFIGURATIONS.contains(&artifact_type)
}

/// Whether an image can be pulled.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html>
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum ImageStatus {
    /// It can be pulled.
    #[default]
    Active,
    /// It cannot be pulled until it is restored.
    Archived,
    /// It is being restored.
    Activating,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_media_type_is_refused_with_what_would_be_one() {
        let error = serde_json::from_str::<MediaType>("1").unwrap_err().to_string();
        assert!(error.contains("expected a manifest's media type"), "{error}");
    }

    #[test]
    fn a_fallback_tag_names_its_subject() {
        let hex = "ab".repeat(32);
        let subject = Digest::from_hex(&hex);
        for suffix in ["", ".sig", ".att", "-soci"] {
            assert_eq!(fallback_subject(&format!("sha256-{hex}{suffix}")), subject, "{suffix}");
        }
        for tag in [
            format!("sha256-{hex}x"),
            format!("sha256-{hex}."),
            format!("sha256-{}", &hex[1..]),
            format!("v-sha256-{hex}"),
            format!("sha256-{}", hex.to_uppercase()),
            format!("sha256-{}é", &hex[1..]),
        ] {
            assert_eq!(fallback_subject(&tag), None, "{tag}");
        }
    }

    #[test]
    fn an_image_with_nothing_but_fallback_tags_is_not_tagged() {
        let mut image = Image::new(Digest::from_bytes([1; 32]));
        assert!(!image.is_tagged());
        image.tags.push(format!("sha256-{}.sig", "ab".repeat(32)).into());
        assert!(!image.is_tagged());
        image.tags.push("v1".into());
        assert!(image.is_tagged());
    }

    #[test]
    fn a_fallback_tag_that_names_its_own_image_is_an_ordinary_tag() {
        let mut image = Image::new(Digest::from_bytes([1; 32]));
        let own = format!("sha256-{}.imgpkg", image.digest.hex());
        image.tags.push(own.as_str().into());
        assert!(image.is_tagged());
        assert_eq!(image.fallback_subjects().count(), 0);
        image.tags.push(format!("sha256-{}.sig", "ab".repeat(32)).into());
        assert_eq!(image.ordinary_tags().collect::<Vec<_>>(), [own]);
        assert_eq!(image.fallback_subjects().count(), 1);
    }
}

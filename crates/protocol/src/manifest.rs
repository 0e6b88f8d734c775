//! Manifests: what an index lists.
//!
//! <https://github.com/opencontainers/image-spec/blob/main/image-index.md>

use std::collections::HashSet;

use ecr_sweep_core::{Digest, MediaType};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The longest manifest that ECR takes, in bytes.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html>
pub const MAX_BYTES: usize = 4_194_304;

/// Why nobody can tell what a manifest lists.
#[derive(Debug, thiserror::Error)]
pub enum ManifestProblem {
    /// The media type may be anything.
    #[error("manifests of the media type `{0}` are not known")]
    UnknownMediaType(Box<str>),
    /// The registry could not have taken it.
    #[error("the manifest has {0} bytes, more than a registry takes")]
    TooLong(usize),
    /// No JSON, or no index.
    #[error("the manifest is not what its media type `{media_type}` says")]
    Malformed {
        /// The media type that the registry says.
        media_type: Box<str>,
        /// Where it is not.
        #[source]
        source: serde_json::Error,
    },
    /// The manifest says that it is something else than the registry says.
    #[error("the manifest is `{actual}` by its own words, and `{declared}` by the registry's")]
    OtherMediaType {
        /// What the registry says.
        declared: Box<str>,
        /// What the manifest says.
        actual: Box<str>,
    },
    /// It is not the manifest that was asked for.
    #[error("what came for {asked} has the digest {actual}")]
    OtherDigest {
        /// What was asked for.
        asked: Digest,
        /// The SHA-256 of what came.
        actual: Digest,
    },
    /// Parts of an image and parts of an index.
    #[error("the manifest is an image and an index in one")]
    Ambiguous,
    /// Another one than its media type has.
    #[error("the manifest's schema version is {actual} instead of {expected}")]
    SchemaVersion {
        /// What the manifest says.
        actual: u64,
        /// What its media type has.
        expected: u64,
    },
}

/// What both kinds of manifests have, and what tells them apart. Other fields are free.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u64,
    media_type: Option<Box<str>>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: Digest,
}

/// The manifests that a manifest lists, each once, in its order: those of an index; none of an
/// image.
///
/// Strict: what is not clearly an image or an index is a problem, and so is one entry that has no
/// digest of the kind that ECR knows.
pub fn children(media_type: &MediaType, bytes: &[u8]) -> Result<Vec<Digest>, ManifestProblem> {
    if let MediaType::Other(text) = media_type {
        return Err(ManifestProblem::UnknownMediaType(text.clone()));
    }
    if bytes.len() > MAX_BYTES {
        return Err(ManifestProblem::TooLong(bytes.len()));
    }
    let malformed =
        |source| ManifestProblem::Malformed { media_type: media_type.as_str().into(), source };
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(malformed)?;
    let expected = if media_type.is_schema_1() { 1 } else { 2 };
    if manifest.schema_version != expected {
        return Err(ManifestProblem::SchemaVersion { actual: manifest.schema_version, expected });
    }
    if let Some(actual) = manifest.media_type.filter(|actual| **actual != *media_type.as_str()) {
        return Err(ManifestProblem::OtherMediaType {
            declared: media_type.as_str().into(),
            actual,
        });
    }
    let is_image = manifest.config.is_some() || manifest.layers.is_some();
    match manifest.manifests {
        Some(_) if is_image || !media_type.is_index() => Err(ManifestProblem::Ambiguous),
        None if is_image && media_type.is_index() => Err(ManifestProblem::Ambiguous),
        None if media_type.is_index() => {
            Err(malformed(serde::de::Error::missing_field("manifests")))
        }
        None => Ok(Vec::new()),
        Some(descriptors) => {
            let mut seen = HashSet::new();
            Ok(descriptors
                .into_iter()
                .map(|descriptor| descriptor.digest)
                .filter(|digest| seen.insert(*digest))
                .collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

    fn digest(byte: u8) -> Digest {
        Digest::from_bytes([byte; 32])
    }

    fn index(entries: &str) -> String {
        format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{entries}]}}"#)
    }

    fn entry(byte: u8) -> String {
        format!(r#"{{"mediaType":"x","digest":"{}","size":1,"platform":{{}}}}"#, digest(byte))
    }

    fn children_of(text: &str) -> Result<Vec<Digest>, ManifestProblem> {
        children(&MediaType::OciIndex, text.as_bytes())
    }

    #[test]
    fn an_index_lists_each_child_once_in_its_order() {
        let text = index(&format!("{},{},{}", entry(2), entry(1), entry(2)));
        assert_eq!(children_of(&text).unwrap(), [digest(2), digest(1)]);
        assert_eq!(children_of(&index("")).unwrap(), []);
    }

    #[test]
    fn a_docker_list_is_an_index_and_may_leave_out_its_media_type() {
        let text = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entry(1));
        let children = children(&MediaType::DockerList, text.as_bytes()).unwrap();
        assert_eq!(children, [digest(1)]);
    }

    #[test]
    fn an_image_lists_nothing() {
        let text = br#"{"schemaVersion":2,"config":{},"layers":[]}"#;
        assert_eq!(children(&MediaType::OciManifest, text).unwrap(), []);
    }

    #[test]
    fn a_docker_manifest_of_schema_1_lists_nothing() {
        for media_type in [MediaType::DockerSchema1, MediaType::SignedDockerSchema1] {
            let of = |text: &str| children(&media_type, text.as_bytes());
            assert_eq!(of(r#"{"schemaVersion":1,"name":"a","fsLayers":[]}"#).unwrap(), []);
            assert!(of(r#"{"schemaVersion":1,"manifests":[]}"#).is_err());
            assert!(of(r#"{"schemaVersion":2}"#).is_err());
        }
    }

    #[test]
    fn what_is_not_clearly_an_index_is_a_problem() {
        for text in [
            String::new(),
            "[]".to_owned(),
            "{}".to_owned(),
            r#"{"schemaVersion":2}"#.to_owned(),
            r#"{"schemaVersion":1,"manifests":[]}"#.to_owned(),
            r#"{"schemaVersion":2,"manifests":{}}"#.to_owned(),
            r#"{"schemaVersion":2,"manifests":[],"manifests":[]}"#.to_owned(),
            r#"{"schemaVersion":2,"config":{},"layers":[]}"#.to_owned(),
            r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#.to_owned(),
            index("{}"),
            index(r#"{"digest":"sha512:00"}"#),
            index(&format!("{},{{}}", entry(1))),
            format!("{} x", index("")),
            index("").replace("index", "manifest"),
            "[".repeat(10_000),
        ] {
            let problem = children_of(&text);
            assert!(problem.is_err(), "{text:.80}: {problem:?}");
        }
    }

    #[test]
    fn an_image_that_lists_manifests_is_a_problem() {
        let text = index("").replace(OCI_INDEX, MediaType::OciManifest.as_str());
        let problem = children(&MediaType::OciManifest, text.as_bytes());
        assert!(matches!(problem, Err(ManifestProblem::Ambiguous)), "{problem:?}");
    }

    #[test]
    fn an_unknown_media_type_and_a_manifest_beyond_all_limits_are_problems() {
        let unknown = children(&MediaType::from("text/plain"), index("").as_bytes());
        assert!(matches!(unknown, Err(ManifestProblem::UnknownMediaType(_))), "{unknown:?}");
        let padded = format!("{}{}", index(""), " ".repeat(MAX_BYTES));
        assert!(matches!(children_of(&padded), Err(ManifestProblem::TooLong(_))));
    }
}

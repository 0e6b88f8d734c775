//! Manifests: made up for seeded images, and read where one is put.

use std::collections::BTreeMap;

use bytes::Bytes;
use ecr_sweep_core::{Digest, Image, MediaType, is_image_configuration};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const OCI_IMAGE: &str = "application/vnd.oci.image.config.v1+json";
const DOCKER_IMAGE: &str = "application/vnd.docker.container.image.v1+json";
const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// The digest of `{}`, OCI's empty configuration.
const EMPTY_DIGEST: &str =
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// The digest of a manifest: the SHA-256 of its bytes.
pub(crate) fn digest_of(manifest: &str) -> Digest {
    Digest::from_bytes(Sha256::digest(manifest.as_bytes()).into())
}

/// The media type of what a manifest names, its children and its subject, unless they say otherwise.
pub(crate) fn usual_target(from: &MediaType) -> MediaType {
    match from {
        MediaType::DockerList
        | MediaType::DockerManifest
        | MediaType::DockerSchema1
        | MediaType::SignedDockerSchema1 => MediaType::DockerManifest,
        MediaType::OciIndex | MediaType::OciManifest | MediaType::Other(_) => {
            MediaType::OciManifest
        }
    }
}

/// <https://github.com/opencontainers/image-spec/blob/main/manifest.md>
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Synthesized<'a> {
    schema_version: u8,
    media_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<Descriptor<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<Vec<Descriptor<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifests: Option<Vec<Descriptor<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Descriptor<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Annotations>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    media_type: std::borrow::Cow<'a, str>,
    digest: String,
    size: u64,
}

/// What an index has no field for.
#[derive(Serialize)]
struct Annotations {
    #[serde(rename = "ecr-sweep.size")]
    size: String,
}

/// The manifest of an image of which only facts are known: of its media type, listing exactly its
/// children, with its subject and artifact type. Its only layer has the image's size; the sizes of
/// other manifests are not known here and written as 0.
///
/// It follows from the media type, the artifact type, the children, the subject and the size
/// alone, so that it stays the same whatever happens to tags, times and other images.
pub(crate) fn synthesize(
    image: &Image,
    target_media_type: impl Fn(&MediaType, Digest) -> MediaType,
) -> String {
    let media_type = &image.media_type;
    let docker = matches!(media_type, MediaType::DockerManifest | MediaType::DockerList);
    let artifact_type = image.artifact_type.as_deref();
    let has_manifests = image.is_index();
    let has_layers = !media_type.is_index();
    let own_type = artifact_type.filter(|it| !is_image_configuration(it));
    let manifests = has_manifests.then(|| {
        image
            .known_children()
            .iter()
            .map(|child| Descriptor {
                media_type: target_media_type(media_type, *child).as_str().to_owned().into(),
                digest: child.to_string(),
                size: 0,
            })
            .collect()
    });
    let config = has_layers.then(|| Descriptor {
        media_type: match (artifact_type, own_type) {
            (_, Some(_)) => OCI_EMPTY.into(),
            (Some(config), None) => config.into(),
            (None, None) if docker => DOCKER_IMAGE.into(),
            (None, None) => OCI_IMAGE.into(),
        },
        digest: EMPTY_DIGEST.to_owned(),
        size: 2,
    });
    let layers = has_layers.then(|| {
        image
            .size_bytes
            .map(|size| Descriptor {
                media_type: if docker { DOCKER_LAYER } else { OCI_LAYER }.into(),
                digest: digest_of(&size.to_string()).to_string(),
                size,
            })
            .into_iter()
            .collect()
    });
    let manifest = Synthesized {
        schema_version: if media_type.is_schema_1() { 1 } else { 2 },
        media_type: media_type.as_str(),
        artifact_type: own_type,
        config,
        layers,
        manifests,
        subject: image.subject.map(|subject| Descriptor {
            media_type: target_media_type(media_type, subject).as_str().to_owned().into(),
            digest: subject.to_string(),
            size: 0,
        }),
        annotations: image
            .size_bytes
            .filter(|_| !has_layers)
            .map(|size| Annotations { size: size.to_string() }),
    };
    // Strings and numbers in a struct: there is nothing in it that JSON cannot say.
    serde_json::to_string(&manifest).unwrap_or_default()
}

/// The blobs that an image's manifest names, its configuration and its layers, each once with its
/// size in bytes.
pub(crate) fn blobs_of(image: &Image, manifest: Option<&str>) -> BTreeMap<Digest, u64> {
    let Some(manifest) = manifest else {
        let layer = image.size_bytes.map(|size| (digest_of(&size.to_string()), size));
        let config = EMPTY_DIGEST.parse().ok().map(|digest| (digest, 2));
        let has_layers = !image.media_type.is_index();
        return layer.into_iter().chain(config).filter(|_| has_layers).collect();
    };
    // What was no manifest was not put.
    let Ok(PutManifest { config, layers, .. }) = serde_json::from_str(manifest) else {
        return BTreeMap::new();
    };
    let blobs = config.into_iter().chain(layers.into_iter().flatten());
    blobs.map(|blob| (blob.digest, blob.size)).collect()
}

/// The content of a blob of a manifest that was made up: it has the digest that is said, and is
/// shorter than is said.
pub(crate) fn made_up(digest: Digest, size: u64) -> Option<Bytes> {
    let contents = ["{}".to_owned(), size.to_string()];
    contents.into_iter().find(|content| digest_of(content) == digest).map(Bytes::from)
}

/// What a manifest that is put says of its image.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PutManifest {
    pub(crate) media_type: Option<String>,
    pub(crate) artifact_type: Option<String>,
    pub(crate) config: Option<PutDescriptor>,
    pub(crate) layers: Option<Vec<PutDescriptor>>,
    pub(crate) manifests: Option<Vec<PutDescriptor>>,
    pub(crate) subject: Option<PutDescriptor>,
}

/// <https://github.com/opencontainers/image-spec/blob/main/descriptor.md>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PutDescriptor {
    pub(crate) media_type: Option<String>,
    pub(crate) digest: Digest,
    #[serde(default)]
    pub(crate) size: u64,
}

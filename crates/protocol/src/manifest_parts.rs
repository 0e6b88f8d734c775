//! What a manifest is made of: everything that has to be there for its image to be whole.

use ecr_sweep_core::{Digest, MediaType};
use serde::Deserialize;

use crate::manifest::{ManifestProblem, children};

/// What a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestParts {
    /// The manifests that it lists, each once, in its order.
    pub children: Vec<Digest>,
    /// Its configuration and its layers, each once, sorted by digest.
    pub blobs: Vec<Blob>,
    /// What it refers to.
    pub subject: Option<Digest>,
}

/// A configuration or a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its size in bytes, by the manifest's words; Docker's first manifests do not say it.
    pub size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    fs_layers: Vec<FsLayer>,
    subject: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: Digest,
    size: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FsLayer {
    blob_sum: Digest,
}

/// Reads them, as strictly as [`children`].
///
/// <https://github.com/opencontainers/image-spec/blob/main/manifest.md>
pub fn parts(media_type: &MediaType, bytes: &[u8]) -> Result<ManifestParts, ManifestProblem> {
    let children = children(media_type, bytes)?;
    let Manifest { config, layers, fs_layers, subject } =
        serde_json::from_slice(bytes).map_err(|source| ManifestProblem::Malformed {
            media_type: media_type.as_str().into(),
            source,
        })?;
    let described =
        config.into_iter().chain(layers).map(|it| Blob { digest: it.digest, size: it.size });
    let summed = fs_layers.into_iter().map(|it| Blob { digest: it.blob_sum, size: None });
    let mut blobs: Vec<Blob> = described.chain(summed).collect();
    blobs.sort_by_key(|blob| blob.digest);
    blobs.dedup_by_key(|blob| blob.digest);
    Ok(ManifestParts { children, blobs, subject: subject.map(|subject| subject.digest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(byte: u8) -> Digest {
        Digest::from_bytes([byte; 32])
    }

    #[test]
    fn an_image_has_its_configuration_its_layers_and_its_subject() {
        let [config, layer, subject] = [1, 2, 3].map(digest);
        let text = format!(
            r#"{{"schemaVersion":2,"config":{{"digest":"{config}","size":2}},
                "layers":[{{"digest":"{layer}","size":5}},{{"digest":"{layer}","size":5}}],
                "subject":{{"digest":"{subject}","size":1}}}}"#
        );
        let parts = parts(&MediaType::OciManifest, text.as_bytes()).unwrap();
        let blobs = [(config, 2), (layer, 5)].map(|(digest, it)| Blob { digest, size: Some(it) });
        assert_eq!((parts.blobs.as_slice(), parts.subject), (&blobs[..], Some(subject)));
        assert_eq!(parts.children, []);
    }

    #[test]
    fn an_index_has_children_and_no_blobs() {
        let text = format!(r#"{{"schemaVersion":2,"manifests":[{{"digest":"{}"}}]}}"#, digest(7));
        let parts = parts(&MediaType::OciIndex, text.as_bytes()).unwrap();
        assert_eq!((parts.children, parts.blobs), (vec![digest(7)], vec![]));
    }

    #[test]
    fn a_layer_without_a_digest_is_a_problem() {
        let text = br#"{"schemaVersion":2,"layers":[{"size":5}]}"#;
        assert!(parts(&MediaType::OciManifest, text).is_err());
    }

    #[test]
    fn the_layers_of_dockers_first_manifests_count() {
        let text = format!(r#"{{"schemaVersion":1,"fsLayers":[{{"blobSum":"{}"}}]}}"#, digest(7));
        let parts = parts(&MediaType::DockerSchema1, text.as_bytes()).unwrap();
        assert_eq!(parts.blobs, [Blob { digest: digest(7), size: None }]);
    }
}

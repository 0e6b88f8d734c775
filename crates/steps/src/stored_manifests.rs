//! The manifests that a run has stored of images before it deleted them.

use std::collections::BTreeMap;

use ecr_sweep_core::{Digest, MediaType, sha256};
use ecr_sweep_protocol::documents::{
    ManifestCopy, ManifestPack, PackedManifest, StoredManifest, keys,
};
use ecr_sweep_protocol::manifest_parts::{ManifestParts, parts};

use crate::{Run, StepError};

/// A manifest as it was stored, which has the digest of its image.
pub(crate) struct Manifest {
    pub(crate) media_type: MediaType,
    pub(crate) text: Box<str>,
    pub(crate) parts: ManifestParts,
}

/// The manifests of these images, where receipts say that they are; or why one cannot be had. Each document
/// is read once.
pub(crate) async fn stored_manifests(
    run: &Run,
    copies: impl IntoIterator<Item = (Digest, Option<ManifestCopy>)>,
) -> Result<BTreeMap<Digest, Result<Manifest, String>>, StepError> {
    let mut manifests = BTreeMap::new();
    let mut packs: BTreeMap<Box<str>, Vec<Digest>> = BTreeMap::new();
    for (digest, copy) in copies {
        let manifest = match copy {
            Some(ManifestCopy::Packed { key }) => {
                packs.entry(key).or_default().push(digest);
                continue;
            }
            Some(ManifestCopy::Stored { key }) => {
                let stored: Option<StoredManifest> = run.find(&keys::named_manifest(&key)).await?;
                stored
                    .ok_or_else(|| format!("there is no {}", run.store.address(&key)))
                    .and_then(|it| checked(digest, it.media_type, it.manifest))
            }
            Some(ManifestCopy::Missing { reason }) => Err(reason.into()),
            None => Err("the run has stored none".to_owned()),
        };
        manifests.insert(digest, manifest);
    }
    for (key, digests) in packs {
        let pack: Option<ManifestPack> = run.find(&keys::named_pack(&key)).await?;
        let what = if pack.is_some() { "it is not in" } else { "there is no" };
        let packed = pack.into_iter().flat_map(|pack| pack.manifests);
        let mut packed: BTreeMap<Digest, PackedManifest> =
            packed.map(|manifest| (manifest.digest, manifest)).collect();
        for digest in digests {
            let manifest = packed
                .remove(&digest)
                .ok_or_else(|| format!("{what} {}", run.store.address(&key)))
                .and_then(|it| checked(digest, it.media_type, it.manifest));
            manifests.insert(digest, manifest);
        }
    }
    Ok(manifests)
}

/// The manifest, if it is the image's and can be read.
fn checked(digest: Digest, media_type: MediaType, text: Box<str>) -> Result<Manifest, String> {
    let actual = sha256(text.as_bytes());
    if actual != digest {
        return Err(format!("what is stored as its manifest has the digest {actual}"));
    }
    let parts = parts(&media_type, text.as_bytes()).map_err(|problem| problem.to_string())?;
    Ok(Manifest { media_type, text, parts })
}

//! The manifests that a run has stored of images before it deleted them.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, MediaType, sha256};
use ecr_sweep_protocol::UnreadableDocument;
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

/// Manifests that were stored.
#[derive(Default)]
pub(crate) struct StoredManifests {
    /// The manifest of each image that was asked for, or why it cannot be had.
    pub(crate) manifests: BTreeMap<Digest, Result<Manifest, String>>,
    /// The documents that cannot be read.
    pub(crate) unreadable: BTreeSet<UnreadableDocument>,
}

/// The manifests of these images, where receipts say that they are; or why one cannot be had. Each document
/// is read once.
pub(crate) async fn stored_manifests(
    run: &Run,
    copies: impl IntoIterator<Item = (Digest, Option<ManifestCopy>)>,
) -> Result<StoredManifests, StepError> {
    let StoredManifests { mut manifests, mut unreadable } = StoredManifests::default();
    let mut packs: BTreeMap<Box<str>, Vec<Digest>> = BTreeMap::new();
    for (digest, copy) in copies {
        let manifest = match copy {
            Some(ManifestCopy::Packed { key }) => {
                packs.entry(key).or_default().push(digest);
                continue;
            }
            Some(ManifestCopy::Stored { key }) => {
                match run.find(&keys::named_manifest(&key)).await {
                    Ok(Some(StoredManifest { media_type, manifest, .. })) => {
                        checked(digest, media_type, manifest)
                    }
                    Ok(None) => Err(format!("there is no {}", run.store.address(&key))),
                    Err(error) => {
                        let document = error.unreadable()?;
                        let problem = cannot_read(&document);
                        unreadable.insert(document);
                        Err(problem)
                    }
                }
            }
            Some(ManifestCopy::Missing { reason }) => Err(reason.into()),
            None => Err("the run has stored none".to_owned()),
        };
        manifests.insert(digest, manifest);
    }
    for (key, digests) in packs {
        let pack: Option<ManifestPack> = match run.find(&keys::named_pack(&key)).await {
            Ok(pack) => pack,
            Err(error) => {
                let document = error.unreadable()?;
                let problem = cannot_read(&document);
                manifests.extend(digests.into_iter().map(|digest| (digest, Err(problem.clone()))));
                unreadable.insert(document);
                continue;
            }
        };
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
    Ok(StoredManifests { manifests, unreadable })
}

fn cannot_read(document: &UnreadableDocument) -> String {
    format!("{} cannot be read", document.address)
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

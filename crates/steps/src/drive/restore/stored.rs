//! What a run has stored of the images that it deleted in one repository.

use std::collections::BTreeMap;

use ecr_sweep_core::{Digest, Image, MediaType, RepositoryId, sha256};
use ecr_sweep_protocol::documents::{
    ManifestCopy, ManifestPack, PackedManifest, Receipt, StoredManifest, keys,
};
use ecr_sweep_protocol::manifest_parts::{ManifestParts, parts};

use super::went;
use crate::{Run, StepError, find_receipts};

/// An image that was deleted.
pub(super) struct Deleted {
    pub(super) receipt: Receipt,
    /// Its manifest, or why it cannot be had.
    pub(super) manifest: Result<Manifest, String>,
}

/// A manifest as it was stored, which has the digest of its image.
pub(super) struct Manifest {
    pub(super) media_type: MediaType,
    pub(super) text: Box<str>,
    pub(super) parts: ManifestParts,
}

impl Deleted {
    pub(super) const fn digest(&self) -> Digest {
        self.receipt.digest
    }

    /// What has to be there before the image, as far as it was deleted.
    pub(super) fn needs(&self) -> Vec<Digest> {
        let fallback = Image { tags: self.receipt.tags.clone(), ..Image::new(self.digest()) };
        let mut needs: Vec<Digest> = fallback.fallback_subjects().collect();
        if let Ok(Manifest { parts, .. }) = &self.manifest {
            needs.extend(&parts.children);
            needs.extend(parts.subject);
        }
        needs
    }

    /// What it lists.
    pub(super) fn children(&self) -> &[Digest] {
        self.manifest.as_ref().map_or(&[], |manifest| &manifest.parts.children)
    }

    /// What it refers to.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Digest> {
        let children = self.children();
        self.needs().into_iter().filter(|it| !children.contains(it))
    }
}

/// All that the run has deleted in a repository, or may have, each with its manifest.
pub(super) async fn read(
    run: &Run,
    repository: &RepositoryId,
) -> Result<BTreeMap<Digest, Deleted>, StepError> {
    let receipts = find_receipts(&*run.store, &run.id, repository).await?;
    let mut deleted = BTreeMap::new();
    let mut packs: BTreeMap<Box<str>, Vec<Receipt>> = BTreeMap::new();
    for receipt in receipts.into_iter().flat_map(|it| it.receipts).filter(went) {
        let manifest = match &receipt.manifest {
            Some(ManifestCopy::Packed { key }) => {
                packs.entry(key.clone()).or_default().push(receipt);
                continue;
            }
            Some(ManifestCopy::Stored { key }) => {
                let stored: Option<StoredManifest> = run.find(&keys::named_manifest(key)).await?;
                stored
                    .ok_or_else(|| format!("{} is not there", run.store.address(key)))
                    .and_then(|it| checked(receipt.digest, it.media_type, it.manifest))
            }
            Some(ManifestCopy::Missing { reason }) => Err(reason.to_string()),
            None => Err("the run has stored none".to_owned()),
        };
        deleted.insert(receipt.digest, Deleted { receipt, manifest });
    }
    for (key, receipts) in packs {
        let pack: Option<ManifestPack> = run.find(&keys::named_pack(&key)).await?;
        let missing = |what: &str| format!("{what} {}", run.store.address(&key));
        let why = match &pack {
            None => missing("there is no"),
            Some(_) => missing("it is not in"),
        };
        let manifests = pack.into_iter().flat_map(|pack| pack.manifests);
        let mut manifests: BTreeMap<Digest, PackedManifest> =
            manifests.map(|manifest| (manifest.digest, manifest)).collect();
        for receipt in receipts {
            let manifest = manifests
                .remove(&receipt.digest)
                .ok_or_else(|| why.clone())
                .and_then(|it| checked(receipt.digest, it.media_type, it.manifest));
            deleted.insert(receipt.digest, Deleted { receipt, manifest });
        }
    }
    Ok(deleted)
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

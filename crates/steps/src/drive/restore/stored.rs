//! What a run has stored of the images that it deleted in one repository.

use std::collections::BTreeMap;

use ecr_sweep_core::{Digest, Image, RepositoryId};
use ecr_sweep_protocol::documents::Receipt;

use super::went;
use crate::stored_manifests::{Manifest, stored_manifests};
use crate::{Run, StepError, find_receipts};

/// An image that was deleted.
pub(super) struct Deleted {
    pub(super) receipt: Receipt,
    /// Its manifest, or why it cannot be had.
    pub(super) manifest: Result<Manifest, String>,
}

impl Deleted {
    pub(super) const fn digest(&self) -> Digest {
        self.receipt.digest
    }

    /// What it lists.
    pub(super) fn children(&self) -> &[Digest] {
        self.manifest.as_ref().map_or(&[], |manifest| &manifest.parts.children)
    }

    /// What it refers to.
    pub(super) fn subjects(&self) -> Vec<Digest> {
        let by_tags = Image { tags: self.receipt.tags.clone(), ..Image::new(self.digest()) };
        let subject = self.manifest.as_ref().ok().and_then(|manifest| manifest.parts.subject);
        by_tags.fallback_subjects().chain(subject).collect()
    }

    /// What has to be there before the image, as far as it was deleted.
    pub(super) fn needs(&self) -> Vec<Digest> {
        self.children().iter().copied().chain(self.subjects()).collect()
    }
}

/// All that the run has deleted in a repository, or may have, each with its manifest.
pub(super) async fn read(
    run: &Run,
    repository: &RepositoryId,
) -> Result<BTreeMap<Digest, Deleted>, StepError> {
    let receipts = find_receipts(&*run.store, &run.id, repository).await?;
    let receipts: Vec<Receipt> =
        receipts.into_iter().flat_map(|it| it.receipts).filter(went).collect();
    let copies = receipts.iter().map(|it| (it.digest, it.manifest.clone()));
    let mut manifests = stored_manifests(run, copies).await?;
    let deleted = receipts.into_iter().map(|receipt| {
        let manifest = manifests.remove(&receipt.digest);
        let manifest = manifest.unwrap_or_else(|| Err("the run has stored none".to_owned()));
        (receipt.digest, Deleted { receipt, manifest })
    });
    Ok(deleted.collect())
}

//! What a run has stored of the images that it deleted or archived in one repository.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, Image, RepositoryId};
use ecr_sweep_protocol::UnreadableDocument;
use ecr_sweep_protocol::documents::{Receipt, Stage, StoredPlan, keys};

use super::went;
use crate::run::receipts::readable_receipts;
use crate::stored_manifests::{Manifest, StoredManifests, stored_manifests};
use crate::{Run, StepError};

/// An image that was deleted or archived.
pub(super) struct Deleted {
    pub(super) receipt: Receipt,
    /// Its manifest, or why it cannot be had: of what is archived none is stored.
    pub(super) manifest: Result<Manifest, String>,
    /// What of the same plan it had to wait for: the indexes that list it, the image that it refers to.
    /// None is looked up for what was deleted, of which the manifests say it.
    pub(super) after: Vec<Digest>,
}

impl Deleted {
    pub(super) const fn digest(&self) -> Digest {
        self.receipt.digest
    }

    /// The manifest that is put. None for what was archived: it is still there.
    pub(super) fn to_put(&self) -> Option<&Manifest> {
        self.manifest.as_ref().ok().filter(|_| !self.receipt.archive)
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

/// All that the run has deleted or archived in a repository, or may have, each with its manifest, as far as the
/// run's documents can be read; and which of them cannot.
pub(super) async fn read(
    run: &Run,
    repository: &RepositoryId,
) -> Result<(BTreeMap<Digest, Deleted>, BTreeSet<UnreadableDocument>), StepError> {
    let (receipts, unreadable) = readable_receipts(&*run.store, &run.id, repository).await?;
    let mut unreadable = BTreeSet::from_iter(unreadable);
    let receipts: Vec<Receipt> =
        receipts.into_iter().flat_map(|it| it.receipts).filter(went).collect();
    let mut after = BTreeMap::new();
    if receipts.iter().any(|receipt| receipt.archive) {
        // The plan that was shown: one that is made again while a run archives lacks what is archived then.
        match run.read(&keys::plan(&run.id, Stage::Plan, repository)).await {
            Ok(StoredPlan { waves, .. }) => {
                after.extend(waves.into_iter().flatten().map(|it| (it.digest, it.after)));
            }
            // Each image comes back all the same: what belongs to it has to be named.
            Err(error) => drop(unreadable.insert(error.unreadable()?)),
        }
    }
    let copies = receipts.iter().map(|it| (it.digest, it.manifest.clone()));
    let StoredManifests { mut manifests, unreadable: packs } =
        stored_manifests(run, copies).await?;
    unreadable.extend(packs);
    let deleted = receipts.into_iter().map(|receipt| {
        let manifest = manifests.remove(&receipt.digest);
        let manifest = manifest.unwrap_or_else(|| Err("the run has stored none".to_owned()));
        // What the plan does not have waits for nothing.
        let after = after.remove(&receipt.digest).filter(|_| receipt.archive);
        (receipt.digest, Deleted { receipt, manifest, after: after.unwrap_or_default() })
    });
    Ok((deleted.collect(), unreadable))
}

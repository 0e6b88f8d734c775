//! The receipts of one repository, on their way.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{Digest, Queued, RepositoryId};
use ecr_sweep_protocol::documents::{
    DeletionOutcome, Key, ManifestCopy, Receipt, Receipts, V1, keys,
};
use jiff::Timestamp;

use crate::{Phase, Run, StepError};

/// The receipts of one repository: written before the registry is asked, and after it answered.
pub(super) struct ReceiptBook {
    key: Key<Receipts>,
    document: Receipts,
    /// Where each image's receipt is.
    rows: BTreeMap<Digest, usize>,
    gone: BTreeSet<Digest>,
    /// How many receipts those who watch have heard of.
    reported: usize,
}

impl ReceiptBook {
    pub(super) async fn open(run: &Run, repository: &RepositoryId) -> Result<Self, StepError> {
        let key = keys::receipts(&run.id, repository);
        let document = run.find(&key).await?.unwrap_or_else(|| Receipts {
            schema_version: V1,
            run: run.id.clone(),
            account: repository.registry.account.clone(),
            region: repository.registry.region.clone(),
            repository: repository.name.clone(),
            finished: false,
            receipts: Vec::new(),
        });
        let mut rows = BTreeMap::new();
        let mut gone = BTreeSet::new();
        for (row, receipt) in document.receipts.iter().enumerate() {
            rows.insert(receipt.digest, row);
            if receipt.outcome.is_gone() {
                gone.insert(receipt.digest);
            }
        }
        let reported = document.receipts.len();
        Ok(Self { key, document, rows, gone, reported })
    }

    /// Whether the image is known to be there no more.
    pub(super) fn is_gone(&self, digest: &Digest) -> bool {
        self.gone.contains(digest)
    }

    /// Enters that an image is not there any more. If this run asked for it and never had the
    /// answer, that is what became of the asking.
    pub(super) fn enter_gone(&mut self, image: &Queued, wave: Option<usize>, now: Timestamp) {
        let asked = self.rows.get(&image.digest).map(|row| &mut self.document.receipts[*row]);
        match asked {
            Some(receipt) if receipt.outcome == DeletionOutcome::Asked => {
                receipt.outcome = DeletionOutcome::Deleted;
                self.gone.insert(image.digest);
            }
            _ => self.enter(image, wave, DeletionOutcome::AlreadyGone, now, None, None),
        }
    }

    /// Enters what became of an image, in place of what was entered before.
    pub(super) fn enter(
        &mut self,
        image: &Queued,
        wave: Option<usize>,
        outcome: DeletionOutcome,
        asked_at: Timestamp,
        answered_at: Option<Timestamp>,
        manifest: Option<ManifestCopy>,
    ) {
        if outcome.is_gone() {
            self.gone.insert(image.digest);
        }
        let receipt = Receipt {
            digest: image.digest,
            tags: image.tags.clone(),
            wave,
            asked_at,
            answered_at,
            outcome,
            run: self.document.run.clone(),
            manifest,
        };
        if let Some(row) = self.rows.get(&image.digest) {
            self.document.receipts[*row] = receipt;
        } else {
            self.rows.insert(image.digest, self.document.receipts.len());
            self.document.receipts.push(receipt);
        }
    }

    pub(super) async fn write(&mut self, run: &Run, finished: bool) -> Result<(), StepError> {
        self.document.finished = finished;
        run.write(&self.key, &self.document).await?;
        let receipts = self.document.receipts.len();
        run.progress.step(Phase::DeleteImages, (receipts - self.reported) as u64);
        self.reported = receipts;
        Ok(())
    }

    /// How many images are known to be there no more.
    pub(super) fn gone(&self) -> u64 {
        self.gone.len() as u64
    }
}

//! The receipts of one repository, on their way.

use std::collections::{HashMap, HashSet};

use ecr_sweep_aws::store::Version;
use ecr_sweep_core::{Digest, Queued, RepositoryId};
use ecr_sweep_protocol::documents::{
    DeletionOutcome, Key, ManifestCopy, Receipt, ReceiptBatch, Receipts, V1, keys,
};
use jiff::Timestamp;

use crate::run::receipts::{later_batches, taken_in};
use crate::{Phase, Run, StepError};

/// The receipts of one repository. Those of a batch are written before the registry is asked and
/// after it answered, as a document of their own; all of them together at the end. Nobody else may
/// write them meanwhile: that is a conflict.
pub(super) struct ReceiptBook {
    repository: RepositoryId,
    key: Key<Receipts>,
    /// What is stored of all receipts together.
    version: Option<Version>,
    document: Receipts,
    /// Where each image's receipt is.
    rows: HashMap<Digest, usize>,
    gone: HashSet<Digest>,
    /// What this run has archived.
    archived: HashSet<Digest>,
    /// How many receipts those who watch have heard of.
    reported: usize,
}

/// The receipts of one batch, as they are stored.
pub(super) struct OpenBatch {
    key: Key<ReceiptBatch>,
    version: Version,
    document: ReceiptBatch,
}

impl ReceiptBook {
    pub(super) async fn open(run: &Run, repository: &RepositoryId) -> Result<Self, StepError> {
        let key = keys::receipts(&run.id, repository);
        let stored = run.store.get(&key).await?;
        let together: Option<Receipts> =
            stored.as_ref().map(|stored| run.parse(&key, &stored.bytes)).transpose()?;
        let first = taken_in(together.as_ref());
        let later = later_batches(&*run.store, &run.id, repository, first).await?;
        let mut document = together.unwrap_or_else(|| Receipts::none(&run.id, repository));
        document.take_in(later);
        let mut rows = HashMap::new();
        let (mut gone, mut archived) = (HashSet::new(), HashSet::new());
        for (row, receipt) in document.receipts.iter().enumerate() {
            rows.insert(receipt.digest, row);
            if receipt.outcome.is_gone() {
                gone.insert(receipt.digest);
            } else if receipt.outcome == DeletionOutcome::Archived {
                archived.insert(receipt.digest);
            }
        }
        let reported = document.receipts.len();
        let version = stored.map(|stored| stored.version);
        Ok(Self {
            repository: repository.clone(),
            key,
            version,
            document,
            rows,
            gone,
            archived,
            reported,
        })
    }

    /// Whether the image is known to be there no more.
    pub(super) fn is_gone(&self, digest: &Digest) -> bool {
        self.gone.contains(digest)
    }

    /// Whether the image is done: gone, or archived by this run.
    pub(super) fn is_done(&self, digest: &Digest) -> bool {
        self.is_gone(digest) || self.archived.contains(digest)
    }

    /// Whether what waits for an image may go. Who is archived waits for what is archived or gone; who is
    /// deleted, for what is gone.
    pub(super) fn lets_go(&self, before: &Digest, waiting: &Queued) -> bool {
        self.is_gone(before) || waiting.archive && self.archived.contains(before)
    }

    /// Enters that an image is archived by now, where this run asked for that and never had the answer.
    /// Says whether it did.
    pub(super) fn enter_archived(&mut self, image: &Queued) -> bool {
        let asked = self.rows.get(&image.digest).map(|row| &mut self.document.receipts[*row]);
        match asked {
            Some(receipt) if receipt.archive && receipt.outcome == DeletionOutcome::Asked => {
                receipt.outcome = DeletionOutcome::Archived;
                self.archived.insert(image.digest);
                true
            }
            _ => false,
        }
    }

    /// Enters that an image is not there any more. If this run asked for it and never had the
    /// answer, that is what became of the asking.
    pub(super) fn enter_gone(&mut self, image: &Queued, wave: Option<usize>, now: Timestamp) {
        let asked = self.rows.get(&image.digest).map(|row| &mut self.document.receipts[*row]);
        match asked {
            Some(receipt) if !receipt.archive && receipt.outcome == DeletionOutcome::Asked => {
                receipt.outcome = DeletionOutcome::Deleted;
                self.gone.insert(image.digest);
            }
            _ => {
                let receipt = self.receipt(image, wave, DeletionOutcome::AlreadyGone, now, None);
                self.enter(receipt);
            }
        }
    }

    /// The receipt of an image to which nothing was answered.
    pub(super) fn receipt(
        &self,
        image: &Queued,
        wave: Option<usize>,
        outcome: DeletionOutcome,
        asked_at: Timestamp,
        manifest: Option<ManifestCopy>,
    ) -> Receipt {
        Receipt {
            digest: image.digest,
            tags: image.tags.clone(),
            wave,
            asked_at,
            answered_at: None,
            outcome,
            run: self.document.run.clone(),
            manifest,
            archive: image.archive,
        }
    }

    /// Enters what became of an image, in place of what was entered before.
    pub(super) fn enter(&mut self, receipt: Receipt) {
        if receipt.outcome.is_gone() {
            self.gone.insert(receipt.digest);
        } else if receipt.outcome == DeletionOutcome::Archived {
            self.archived.insert(receipt.digest);
        }
        if let Some(row) = self.rows.get(&receipt.digest) {
            self.document.receipts[*row] = receipt;
        } else {
            self.rows.insert(receipt.digest, self.document.receipts.len());
            self.document.receipts.push(receipt);
        }
    }

    /// How many images were to be deleted since then, and could not be, or nobody knows: the registry
    /// refused, or did not answer, or what has to be kept of an image first could not be.
    pub(super) fn failed_since(&self, since: Timestamp) -> u64 {
        let failed = self.document.receipts.iter().filter(|receipt| {
            let is_failed =
                matches!(receipt.outcome, DeletionOutcome::Failed { .. } | DeletionOutcome::Asked);
            is_failed && receipt.asked_at >= since
        });
        failed.count() as u64
    }

    /// The number of the next batch.
    pub(super) fn next_batch(&self) -> u64 {
        self.document.batches.unwrap_or(0)
    }

    /// Begins a batch: what the registry is about to be asked for is written down.
    pub(super) async fn begin(
        &mut self,
        run: &Run,
        receipts: Vec<Receipt>,
    ) -> Result<OpenBatch, StepError> {
        if self.document.finished {
            // It goes on after all: until it is done again, batches count that are not in here.
            self.write(run, false).await?;
        }
        let number = self.next_batch();
        let RepositoryId { registry, name } = &self.repository;
        let document = ReceiptBatch {
            schema_version: V1,
            run: run.id.clone(),
            account: registry.account.clone(),
            region: registry.region.clone(),
            repository: name.clone(),
            batch: number,
            receipts,
        };
        let key = keys::receipt_batch(&run.id, &self.repository, number);
        let version = run.write_alone(&key, &document, None).await?;
        // Manifests and receipts outlast what they are about.
        run.store.sync().await?;
        self.document.batches = Some(number + 1);
        for receipt in &document.receipts {
            self.enter(receipt.clone());
        }
        Ok(OpenBatch { key, version, document })
    }

    /// Writes down what the registry answered to a batch.
    pub(super) async fn complete(
        &mut self,
        run: &Run,
        mut batch: OpenBatch,
        receipts: Vec<Receipt>,
    ) -> Result<(), StepError> {
        batch.document.receipts = receipts;
        for receipt in &batch.document.receipts {
            self.enter(receipt.clone());
        }
        let OpenBatch { key, version, document } = batch;
        match run.write_alone(&key, &document, Some(&version)).await {
            Err(StepError::Conflict { .. }) => answer_late(run, &key, &document.receipts).await?,
            written => drop(written?),
        }
        self.report(run);
        Ok(())
    }

    /// Writes all receipts together.
    pub(super) async fn write(&mut self, run: &Run, finished: bool) -> Result<(), StepError> {
        self.document.finished = finished;
        let version = run.write_alone(&self.key, &self.document, self.version.as_ref()).await?;
        self.version = Some(version);
        self.report(run);
        Ok(())
    }

    fn report(&mut self, run: &Run) {
        let receipts = self.document.receipts.len();
        run.progress.step(Phase::DeleteImages, (receipts - self.reported) as u64);
        self.reported = receipts;
    }

    /// How many images are known to be there no more, or are archived as was asked.
    pub(super) fn done(&self) -> u64 {
        (self.gone.len() + self.archived.len()) as u64
    }
}

/// Enters what the registry answered where somebody else has written the batch meanwhile. Whoever took the lock over
/// has looked up what it asked for: what the registry itself answered is surer than what they saw before it did.
async fn answer_late(
    run: &Run,
    key: &Key<ReceiptBatch>,
    answered: &[Receipt],
) -> Result<(), StepError> {
    run.update(key, |stored| {
        let mut batch = stored.ok_or_else(|| run.missing(key))?;
        for receipt in answered.iter().filter(|it| it.outcome != DeletionOutcome::Asked) {
            if let Some(row) = batch.receipts.iter_mut().find(|it| it.digest == receipt.digest) {
                *row = receipt.clone();
            }
        }
        Ok(batch)
    })
    .await?;
    Ok(())
}

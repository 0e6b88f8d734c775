//! Receipts: what became of every image that was to be deleted.

use std::collections::HashMap;

use ecr_sweep_core::{Account, Digest, Region, RepositoryId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunId, V1};

/// What became of every image of one repository that the plan deletes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipts {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// Whether every image has its receipt; before that the run was on its way, or was stopped.
    pub finished: bool,
    /// How many batches have their receipts in here, too. Absent in what was written before batches
    /// had documents of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batches: Option<u64>,
    /// The receipts, one an image, in the order in which the images were first taken up.
    pub receipts: Vec<Receipt>,
}

impl Receipts {
    /// Those of a repository of which no image was taken up yet.
    #[must_use]
    pub fn none(run: &RunId, repository: &RepositoryId) -> Self {
        Self {
            schema_version: V1,
            run: run.clone(),
            account: repository.registry.account.clone(),
            region: repository.registry.region.clone(),
            repository: repository.name.clone(),
            finished: false,
            batches: None,
            receipts: Vec::new(),
        }
    }

    /// Takes in the receipts of the batches that follow, in their order: of an image that has one
    /// already, the later one counts.
    pub fn take_in(&mut self, batches: Vec<ReceiptBatch>) {
        let mut rows: HashMap<Digest, usize> =
            self.receipts.iter().enumerate().map(|(row, it)| (it.digest, row)).collect();
        for batch in batches {
            self.batches = Some(batch.batch + 1);
            for receipt in batch.receipts {
                if let Some(row) = rows.get(&receipt.digest) {
                    self.receipts[*row] = receipt;
                } else {
                    rows.insert(receipt.digest, self.receipts.len());
                    self.receipts.push(receipt);
                }
            }
        }
    }
}

/// What became of the images of one batch. It is written before the registry is asked, and again
/// with the answers; [`Receipts`] take it in when the repository is done, or is left for a later
/// call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBatch {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The batch, counted from 0 in the order in which they were asked for.
    pub batch: u64,
    /// The receipts, one an image.
    pub receipts: Vec<Receipt>,
}

/// What became of one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The image.
    pub digest: Digest,
    /// The tags that it had.
    pub tags: Vec<Box<str>>,
    /// The wave of the recheck's plan in which it was, counted from 0; none if it was in none.
    pub wave: Option<usize>,
    /// When the registry was asked to delete or archive it, or, where it was not asked, when that was decided.
    pub asked_at: Timestamp,
    /// When the registry answered; absent if it was not asked, or the answer never came.
    pub answered_at: Option<Timestamp>,
    /// What became of it.
    pub outcome: DeletionOutcome,
    /// The run.
    pub run: RunId,
    /// Where its manifest is stored; absent for an image that was not asked for, or was to be archived.
    pub manifest: Option<ManifestCopy>,
    /// Whether it was to be archived, and not deleted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub archive: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What became of an image that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeletionOutcome {
    /// The registry was asked, and its answer is not known.
    Asked,
    /// It is deleted.
    Deleted,
    /// It is archived: nobody can pull it, and somebody can restore it.
    Archived,
    /// It was gone before.
    AlreadyGone,
    /// The registry refused.
    Failed {
        /// The registry's code, such as `ImageReferencedByManifestList`.
        code: Box<str>,
        /// The registry's words.
        reason: Box<str>,
    },
    /// It was not asked for.
    Skipped {
        /// Why not.
        reason: Box<str>,
    },
}

impl DeletionOutcome {
    /// Whether the image is known to be there no more.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        matches!(self, Self::Deleted | Self::AlreadyGone)
    }

    /// Whether nothing is left to do about the image: it is gone, or archived as was asked.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.is_gone() || matches!(self, Self::Archived)
    }
}

/// Where the manifest of a deleted image is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ManifestCopy {
    /// In the run store, by itself.
    Stored {
        /// Under this key.
        key: Box<str>,
    },
    /// In the run store, with those of the same batch.
    Packed {
        /// Under this key.
        key: Box<str>,
    },
    /// Nowhere.
    Missing {
        /// Why not: an archived image cannot be read.
        reason: Box<str>,
    },
}

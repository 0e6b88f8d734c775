//! Receipts in numbers.

use std::collections::BTreeMap;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{DeletionOutcome, OutcomeCounts, Receipts, StoredPlan};

/// The images that a plan deletes, each with its bytes: what is left of a plan in memory until it is
/// held against receipts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PlannedDeletions(Box<[(Digest, u64)]>);

impl From<&StoredPlan> for PlannedDeletions {
    fn from(plan: &StoredPlan) -> Self {
        let images = plan.plan.delete.iter();
        Self(images.map(|image| (image.digest, image.size_bytes.unwrap_or(0))).collect())
    }
}

/// What became of the images of a plan: each of them counts once.
pub(crate) fn count(receipts: &Receipts, planned: &PlannedDeletions) -> OutcomeCounts {
    let by_digest: BTreeMap<Digest, &DeletionOutcome> =
        receipts.receipts.iter().map(|receipt| (receipt.digest, &receipt.outcome)).collect();
    let mut counts = OutcomeCounts::default();
    for (digest, bytes) in &planned.0 {
        match by_digest.get(digest) {
            Some(DeletionOutcome::Deleted) => {
                counts.deleted += 1;
                counts.deleted_bytes += bytes;
            }
            Some(DeletionOutcome::Archived) => counts.archived += 1,
            Some(DeletionOutcome::AlreadyGone) => counts.already_gone += 1,
            Some(DeletionOutcome::Failed { .. } | DeletionOutcome::Asked) => counts.failed += 1,
            Some(DeletionOutcome::Skipped { .. }) => counts.skipped += 1,
            None => counts.not_asked += 1,
        }
    }
    counts
}

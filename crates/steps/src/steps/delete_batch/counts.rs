//! Receipts in numbers.

use std::collections::BTreeMap;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{DeletionOutcome, OutcomeCounts, Receipts, StoredPlan};

/// What became of the images of a plan: each of them counts once.
pub(crate) fn count(receipts: &Receipts, plan: &StoredPlan) -> OutcomeCounts {
    let by_digest: BTreeMap<Digest, &DeletionOutcome> =
        receipts.receipts.iter().map(|receipt| (receipt.digest, &receipt.outcome)).collect();
    let mut counts = OutcomeCounts::default();
    for deletion in &plan.plan.delete {
        match by_digest.get(&deletion.digest) {
            Some(DeletionOutcome::Deleted) => {
                counts.deleted += 1;
                counts.deleted_bytes += deletion.size_bytes.unwrap_or(0);
            }
            Some(DeletionOutcome::AlreadyGone) => counts.already_gone += 1,
            Some(DeletionOutcome::Failed { .. } | DeletionOutcome::Asked) => counts.failed += 1,
            Some(DeletionOutcome::Skipped { .. }) => counts.skipped += 1,
            None => counts.not_asked += 1,
        }
    }
    counts
}

//! Receipts in numbers.

use std::collections::BTreeMap;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{DeletionOutcome, OutcomeCounts, Receipts, StoredPlan};

/// What became of the images of a plan.
pub(crate) fn count(receipts: &Receipts, plan: &StoredPlan) -> OutcomeCounts {
    let sizes: BTreeMap<Digest, u64> = plan
        .plan
        .delete
        .iter()
        .map(|deletion| (deletion.digest, deletion.size_bytes.unwrap_or(0)))
        .collect();
    let mut counts = OutcomeCounts::default();
    for receipt in &receipts.receipts {
        match receipt.outcome {
            DeletionOutcome::Deleted => {
                counts.deleted += 1;
                counts.deleted_bytes += sizes.get(&receipt.digest).copied().unwrap_or(0);
            }
            DeletionOutcome::AlreadyGone => counts.already_gone += 1,
            DeletionOutcome::Failed { .. } | DeletionOutcome::Asked => counts.failed += 1,
            DeletionOutcome::Skipped { .. } => counts.skipped += 1,
        }
    }
    counts
}

//! What a run has stored of one repository.

use ecr_sweep_core::RepositoryId;
use ecr_sweep_protocol::documents::{Receipts, RunImages, StoredPlan};

/// What a run has stored of one repository, as far as a report shows it.
#[derive(Debug, Clone)]
pub struct RepositoryRecord {
    /// The plan.
    pub plan: StoredPlan,
    /// Its images as they were planned. None in runs of versions that did not store them.
    pub images: Option<RunImages>,
    /// What became of what was to be deleted. None where nothing was.
    pub receipts: Option<Receipts>,
}

impl RepositoryRecord {
    /// The repository.
    #[must_use]
    pub fn id(&self) -> RepositoryId {
        self.plan.plan.id()
    }
}

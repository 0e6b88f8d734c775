//! The brake: deletions that fail stop the whole run, where the policy says how many may.

use jiff::Timestamp;

use super::Deleting;
use crate::{HeldLock, Run, StepError};

/// The failures of this repository that the lock knows of.
pub(super) struct Counted {
    /// How many may fail in the whole run.
    most: u64,
    /// When the lock was taken: of what failed before, somebody knows who took the run up again.
    since: Timestamp,
    failed: u64,
}

impl Counted {
    /// None where the policy does not stop a run for them.
    pub(super) async fn open(run: &Run, lock: &HeldLock) -> Result<Option<Self>, StepError> {
        let Some(most) = run.policy.brake.failures else { return Ok(None) };
        Ok(Some(Self { most, since: lock.taken_at(run).await?, failed: 0 }))
    }
}

impl Deleting<'_> {
    /// Counts what has failed after a batch. That the run stops is said before what ended the batch:
    /// its receipts have that.
    pub(super) async fn brake<T>(&mut self, batch: Result<T, StepError>) -> Result<T, StepError> {
        match self.count_failures().await {
            Err(stopped @ StepError::Stopped { .. }) => Err(stopped),
            counted => {
                let batch = batch?;
                counted.map(|()| batch)
            }
        }
    }

    async fn count_failures(&mut self) -> Result<(), StepError> {
        let Some(Counted { most, since, failed: counted }) = &mut self.counted else {
            return Ok(());
        };
        let failed = self.receipts.failed_since(*since);
        if failed == *counted {
            return Ok(());
        }
        self.lock.count_failures(self.run, self.repository, failed, *most).await?;
        *counted = failed;
        Ok(())
    }
}

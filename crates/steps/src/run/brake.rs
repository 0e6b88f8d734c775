//! The brake: what the policy has beside the limits of a run stops it between two batches.
//!
//! Failed deletions are counted in the lock, which whoever deletes reads before each batch. Each
//! repository has a number of its own there, taken from its receipts, so that it is right whatever was
//! called again; and whoever writes the number that is too much writes in the same change that the run
//! stops.

use ecr_sweep_core::RepositoryId;
use ecr_sweep_core::wording::plural;
use ecr_sweep_protocol::documents::{Lock, StopWish};
use jiff::Timestamp;

use super::environment::Environment;
use super::lock::HeldLock;
use super::stop::{ask_to_stop, stopped};
use crate::StepError;

impl HeldLock {
    /// When the lock was taken: what failed before does not count.
    pub(crate) async fn taken_at(&self, environment: &Environment) -> Result<Timestamp, StepError> {
        Ok(self.read(environment).await?.taken_at)
    }

    /// Counts so many failed deletions of a repository. If all repositories together have more than
    /// `most`, the run stops.
    pub(crate) async fn count_failures(
        &self,
        environment: &Environment,
        repository: &RepositoryId,
        failed: u64,
        most: u64,
    ) -> Result<(), StepError> {
        let repository: Box<str> = repository.to_string().into();
        let lock = self
            .change(environment, |lock, now| {
                lock.failures.insert(repository.clone(), failed);
                let all = lock.failures.values().fold(0, |all: u64, it| all.saturating_add(*it));
                if all > most {
                    let found = format!(
                        "{all} {} failed, and the most that may fail is {most}",
                        plural(all, "deletion")
                    );
                    let wish = wish("limits.failures", now, &found);
                    lock.stop.get_or_insert(wish);
                }
            })
            .await?;
        self.heed(environment, lock).await
    }

    /// Stops the run because of what was found by this setting of the policy's.
    pub(super) async fn stop(
        &self,
        environment: &Environment,
        setting: &str,
        found: &str,
    ) -> Result<(), StepError> {
        let stop = |lock: &mut Lock, now| {
            lock.stop.get_or_insert(wish(setting, now, found));
        };
        let lock = self.change(environment, stop).await?;
        self.heed(environment, lock).await
    }

    /// Ends what deletes if the lock says so by now, and lets whoever takes the lock next know.
    async fn heed(&self, environment: &Environment, lock: Lock) -> Result<(), StepError> {
        let Some(wish) = lock.stop else { return Ok(()) };
        tracing::error!(
            run = %lock.run, by = %wish.by, found = wish.found.as_deref(), "a run stops deleting"
        );
        ask_to_stop(&*environment.store, &lock.run, &wish).await?;
        Err(stopped(&lock.run, wish))
    }
}

fn wish(setting: &str, at: Timestamp, found: &str) -> StopWish {
    StopWish { by: format!("the policy (`{setting}`)").into(), at, found: Some(found.into()) }
}

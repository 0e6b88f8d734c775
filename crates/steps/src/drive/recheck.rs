//! Checking a stored plan again, without deleting.

use ecr_sweep_protocol::documents::{LockWork, MatchedRepository, RunId, Stage, V1, keys};
use ecr_sweep_protocol::recheck::Recheck;

use super::sweep::scan_and_plan_again;
use crate::history::compare_all_plans;
use crate::steps::reviewed::with_deletions;
use crate::{Environment, HeldLock, Run, StepError};

/// Plans again what a stored plan deletes, from fresh evidence, and says what of it still holds.
/// Deletes nothing, and leaves the stored plan and its summary as they are.
///
/// It holds the lock meanwhile: a run that deletes reads the documents that are written here.
pub async fn recheck_planned(environment: &Environment, run: &RunId) -> Result<Recheck, StepError> {
    let run = &Run::open(environment, run).await?;
    let planned = run.read(&keys::summary(&run.id, Stage::Plan)).await?;
    let repositories = with_deletions(run, &planned).await?;
    let checked_at = run.now();
    if !repositories.is_empty() {
        let lock = HeldLock::take_to(run, &run.id, LockWork::Recheck).await?;
        let checked = scan_and_plan_again(run, &lock, &repositories).await;
        let released = lock.release(run).await;
        checked?;
        released?;
    }
    let ids = repositories.iter().map(MatchedRepository::id).collect();
    let repositories = compare_all_plans(&*run.store, &run.id, ids).await?;
    Ok(Recheck { schema_version: V1, run: run.id.clone(), checked_at, repositories })
}

//! Stopping a run between two batches, wherever it runs.
//!
//! The wish is in a document of the run, at which whoever takes the lock looks, and in the lock
//! itself, which is read before each batch anyway. It is written into the document first, and who
//! deletes takes the lock first: whichever comes later sees the other.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{Lock, RunId, StopRequest, StopWish, V1, keys};

use super::documents::{find_document, update_document};
use super::environment::Environment;
use crate::StepError;

/// What a wish to stop meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopMeets {
    /// The run deletes: it stops before its next batch.
    Deletion,
    /// The run does not delete, or not yet: it will not.
    NoDeletion,
}

/// Asks a run to delete no more.
pub async fn ask_to_stop(
    store: &dyn RunStore,
    run: &RunId,
    wish: &StopWish,
) -> Result<StopMeets, StepError> {
    let asked = |old: Option<StopRequest>| {
        let earlier = old.and_then(|old| old.wish);
        Ok(request(run, Some(earlier.unwrap_or_else(|| wish.clone()))))
    };
    update_document(store, &keys::stop(run), asked).await?;
    let lock = find_document(store, &keys::LOCK).await?;
    if !lock.is_some_and(|lock| has_taken(&lock, run)) {
        return Ok(StopMeets::NoDeletion);
    }
    let wished = |old: Option<Lock>| match old {
        Some(lock) if has_taken(&lock, run) => {
            Ok(Lock { stop: Some(lock.stop.unwrap_or_else(|| wish.clone())), ..lock })
        }
        Some(lock) => Ok(lock),
        // Whoever removes the document stops every run.
        None => Err(StepError::Missing { run: run.clone(), address: store.address(&keys::LOCK) }),
    };
    let lock = update_document(store, &keys::LOCK, wished).await?;
    Ok(if has_taken(&lock, run) { StopMeets::Deletion } else { StopMeets::NoDeletion })
}

/// Why a run is to delete no more, if it is.
pub(crate) async fn find_wish(
    environment: &Environment,
    run: &RunId,
) -> Result<Option<StopWish>, StepError> {
    Ok(environment.find(&keys::stop(run)).await?.and_then(|asked| asked.wish))
}

/// Lets a run go on that was asked to stop: somebody takes up its plan again.
pub(crate) async fn withdraw_stop(environment: &Environment, run: &RunId) -> Result<(), StepError> {
    let key = keys::stop(run);
    match environment.find(&key).await? {
        Some(StopRequest { wish: Some(_), .. }) => {
            environment.update(&key, |_| Ok(request(run, None))).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Ends what is to delete if somebody asked it to stop.
pub(crate) async fn check_not_stopped(
    environment: &Environment,
    run: &RunId,
) -> Result<(), StepError> {
    find_wish(environment, run).await?.map_or(Ok(()), |wish| Err(stopped(run, wish)))
}

/// The error of a run that somebody asked to stop.
pub(crate) fn stopped(run: &RunId, StopWish { by, at, found }: StopWish) -> StepError {
    StepError::Stopped { run: run.clone(), by, at, found }
}

/// Whether the run has not given the lock back. Also past its time: a run that was held up goes on by it
/// if nobody else took it.
fn has_taken(lock: &Lock, run: &RunId) -> bool {
    lock.run == *run && lock.released_at.is_none()
}

fn request(run: &RunId, wish: Option<StopWish>) -> StopRequest {
    StopRequest { schema_version: V1, run: run.clone(), wish }
}

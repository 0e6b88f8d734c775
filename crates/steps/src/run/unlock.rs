//! Giving back a lock in the stead of whoever has it, and taking away one that cannot be read.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::store::{PutIf, RunStore};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{FencingToken, Lock, RunId, V1, keys};
use jiff::Timestamp;

use crate::StepError;
use crate::run::documents::{parse_document, text_of};
use crate::run::environment::{UPDATE_ATTEMPTS, pause};

/// Gives back the lock of a run in its stead, and says what it was; none where it has none. If the
/// run goes on after all, it stops before its next batch.
pub async fn unlock(
    store: &dyn RunStore,
    run: &RunId,
    now: Timestamp,
) -> Result<Option<Lock>, StepError> {
    for attempt in 0..UPDATE_ATTEMPTS {
        let Some(stored) = store.get(&keys::LOCK).await? else { return Ok(None) };
        let lock: Lock = parse_document(store, &keys::LOCK, &stored.bytes)?;
        if lock.released_at.is_some() {
            return Ok(None);
        }
        if lock.run != *run {
            let Lock { owner, run: other, taken_at, .. } = &lock;
            return Err(StepError::Conflict {
                problem: format!(
                    "the lock is not of the run `{run}`: `{other}` of {owner} has had it since {taken_at}"
                ),
                next: NextStep::WaitForOtherRun,
            });
        }
        let given_back = Lock {
            released_at: Some(now),
            work: None,
            unsettled: lock.left_unsettled(),
            ..lock.clone()
        };
        let bytes = text_of(store, &keys::LOCK, &given_back)?;
        if let PutIf::Written(_) = store.put_if(&keys::LOCK, bytes, &stored.version).await? {
            return Ok(Some(lock));
        }
        pause(attempt).await;
    }
    Err(StepError::Conflict {
        problem: format!("{} keeps changing", store.address(&keys::LOCK)),
        next: NextStep::EndOtherRuns,
    })
}

/// Who had a lock that cannot be read.
const UNKNOWN: &str = "unknown";

/// Puts a lock that is given back in place of one that cannot be read, and tells the runs whose answers the next
/// one that deletes looks up: this run, and those that what is there still names. None: it can be read, or there
/// is none, and nothing is done.
///
/// The new token is higher than any that was taken before, as tokens grow with the time: whoever has the lock
/// that cannot be read finds this one, and stops.
pub async fn take_lock_away(
    store: &dyn RunStore,
    run: &RunId,
    now: Timestamp,
) -> Result<Option<BTreeSet<RunId>>, StepError> {
    let Some(stored) = store.get(&keys::LOCK).await? else { return Ok(None) };
    match parse_document(store, &keys::LOCK, &stored.bytes) {
        Err(StepError::DamagedLock { .. }) => {}
        read => return read.map(|_| None),
    }
    let text = String::from_utf8_lossy(&stored.bytes);
    let runs = store.folders(keys::SWEEPS).await?;
    let named = runs.iter().filter(|run| text.contains(&***run));
    let mut unsettled: BTreeSet<RunId> = named.filter_map(|run| run.parse().ok()).collect();
    unsettled.insert(run.clone());
    let given_back = Lock {
        schema_version: V1,
        owner: UNKNOWN.into(),
        run: run.clone(),
        token: FencingToken::after(None, now),
        work: None,
        holder: None,
        taken_at: now,
        expires_at: now,
        released_at: Some(now),
        stop: None,
        failures: BTreeMap::new(),
        looked_at: BTreeMap::new(),
        unsettled: unsettled.clone(),
    };
    let bytes = text_of(store, &keys::LOCK, &given_back)?;
    match store.put_if(&keys::LOCK, bytes, &stored.version).await? {
        PutIf::Written(_) => Ok(Some(unsettled)),
        PutIf::Changed => Err(StepError::Conflict {
            problem: format!("{} has changed meanwhile", store.address(&keys::LOCK)),
            next: NextStep::EndOtherRuns,
        }),
    }
}

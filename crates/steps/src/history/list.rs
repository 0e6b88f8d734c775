//! Every run of a store.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{Lock, RunId, V1, keys};
use ecr_sweep_protocol::runs::{RunList, RunRow, UnreadableRun};
use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::read::row;
use crate::StepError;
use crate::run::documents::{AT_ONCE, find_document};

/// Every run of a store, newest first. What only explained an image is no run; what cannot be read
/// is told with the reason.
pub async fn list_runs(store: &dyn RunStore, now: Timestamp) -> Result<RunList, StepError> {
    let lock = find_document(store, &keys::LOCK).await?;
    list_runs_by(store, lock.as_ref(), now).await
}

/// The same, by a lock: without it, whether a run deletes now is not told.
pub(super) async fn list_runs_by(
    store: &dyn RunStore,
    lock: Option<&Lock>,
    now: Timestamp,
) -> Result<RunList, StepError> {
    let names = store.folders(keys::SWEEPS).await?;
    let rows: Vec<(String, Result<Option<RunRow>, Problem>)> = stream::iter(names)
        .map(async |name| {
            let row = read(store, &name, lock, now).await;
            (name, row)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut list = RunList { schema_version: V1, runs: Vec::new(), unreadable: Vec::new() };
    for (name, row) in rows {
        match row {
            Ok(row) => list.runs.extend(row),
            Err(Problem::Call(error)) => return Err(error),
            Err(Problem::Run(problem)) => {
                list.unreadable.push(UnreadableRun { run: name.into(), problem: problem.into() });
            }
        }
    }
    list.runs.sort_by(|a, b| (b.started_at, &b.run).cmp(&(a.started_at, &a.run)));
    list.unreadable.sort();
    Ok(list)
}

/// What kept a run from being read.
enum Problem {
    /// The store failed: nothing can be said of the others either.
    Call(StepError),
    /// This run's documents are not what they should be.
    Run(String),
}

impl From<StepError> for Problem {
    fn from(error: StepError) -> Self {
        match &error {
            StepError::Document { .. } => Self::Run(error.in_full()),
            _ => Self::Call(error),
        }
    }
}

async fn read(
    store: &dyn RunStore,
    name: &str,
    lock: Option<&Lock>,
    now: Timestamp,
) -> Result<Option<RunRow>, Problem> {
    let run: RunId = name.parse().map_err(|error| Problem::Run(format!("{error}")))?;
    let key = keys::request(&run);
    let Some(request) = find_document(store, &key).await? else {
        return Err(Problem::Run(format!("there is no {}", store.address(&key))));
    };
    if request.explain_only {
        return Ok(None);
    }
    Ok(Some(row(store, &request, lock, now).await?))
}

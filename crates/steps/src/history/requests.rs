//! What every run of a store was asked to do.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{RunId, RunRequest, keys};
use futures::{StreamExt, TryStreamExt, stream};

use crate::StepError;
use crate::run::documents::{AT_ONCE, find_document};

/// What the runs of a store were asked to do.
pub(super) struct Requests {
    /// The requests, the first first.
    pub(super) requests: Vec<RunRequest>,
    /// What looks like a run and cannot be read, sorted.
    pub(super) unreadable: Vec<Box<str>>,
}

/// Reads the requests of all runs.
pub(super) async fn read_requests(store: &dyn RunStore) -> Result<Requests, StepError> {
    let names = store.folders(keys::SWEEPS).await?;
    let read: Vec<Result<RunRequest, Box<str>>> = stream::iter(names)
        .map(async |name| {
            let Ok(run) = name.parse::<RunId>() else { return Ok(Err(name.into())) };
            match find_document(store, &keys::request(&run)).await {
                Ok(request) => Ok(request.ok_or_else(|| name.into())),
                Err(StepError::Document { .. }) => Ok(Err(name.into())),
                Err(error) => Err(error),
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut all = Requests { requests: Vec::new(), unreadable: Vec::new() };
    for read in read {
        match read {
            Ok(request) => all.requests.push(request),
            Err(name) => all.unreadable.push(name),
        }
    }
    all.requests
        .sort_by(|one, other| (one.started_at, &one.run).cmp(&(other.started_at, &other.run)));
    all.unreadable.sort();
    Ok(all)
}

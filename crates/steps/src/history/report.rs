//! What a report tells of a run, gathered from what the run has stored.

use std::pin::pin;
use std::sync::Arc;

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_core::RepositoryId;
use ecr_sweep_protocol::documents::{
    RepositorySummary, RunId, RunRequest, RunSummary, RunSummaryHead, Stage, keys,
};
use ecr_sweep_protocol::report::{PastRun, Report};
use ecr_sweep_report::{RepositoryRecord, Survey};
use futures::{Stream, StreamExt, TryStreamExt, stream, try_join};
use tokio::sync::Semaphore;

use super::requests::{Requests, read_requests};
use crate::run::documents::{AT_ONCE, find_document};
use crate::{StepError, find_receipts};

/// The images of so many repositories are in memory at once: a larger repository is read alone.
const IMAGES_AT_ONCE: u32 = 64_000;

/// How many runs the growth tells of.
const PAST: usize = 12;

/// Gathers a report: each repository of the run is read and handed to `each`, many at once; what that
/// makes of them goes to `then`, in the order of the summary. What the whole report tells is kept.
///
/// What cannot be read of a repository is told in the report, and stops nothing. Once `is_over` says so,
/// no further repository is read; that is told, too. What `each` and `then` fail with ends it.
pub async fn gather_report<T>(
    store: &dyn RunStore,
    summary: RunSummary,
    each: impl AsyncFn(RepositoryRecord) -> Result<T, StepError>,
    mut then: impl FnMut(T) -> Result<(), StepError>,
    is_over: impl Fn() -> bool,
) -> Result<Report, StepError> {
    let mut survey = Survey::default();
    {
        let mut looked = pin!(look_at_all(store, &summary, each, is_over));
        while let Some((one, made)) = looked.try_next().await? {
            survey.add(one);
            made.map(&mut then).transpose()?;
        }
    }
    let past = past_runs(store, &summary.run, PAST).await?;
    Ok(survey.into_report(summary, past))
}

fn look_at_all<'a, T: 'a>(
    store: &'a dyn RunStore,
    summary: &'a RunSummary,
    each: impl AsyncFn(RepositoryRecord) -> Result<T, StepError> + 'a,
    is_over: impl Fn() -> bool + 'a,
) -> impl Stream<Item = Result<(Survey, Option<T>), StepError>> + 'a {
    let memory = Semaphore::new(IMAGES_AT_ONCE as usize);
    let shared = Arc::new((each, is_over, memory));
    let look = move |it: &'a RepositorySummary| {
        let shared = Arc::clone(&shared);
        async move {
            let (each, is_over, memory) = &*shared;
            let id = it.id();
            let images = u32::try_from(it.plan.images).unwrap_or(u32::MAX).clamp(1, IMAGES_AT_ONCE);
            // It is never closed.
            let _held = memory.acquire_many(images).await.ok();
            if is_over() {
                let unread = Survey::unread(&id, "there was no time left to read it");
                return Ok((unread, None));
            }
            match read_record(store, &summary.run, &id, !summary.dry_run).await {
                Ok(record) => Ok((Survey::of(&record), Some(each(record).await?))),
                Err(error) => Ok((Survey::unread(&id, &error.in_full()), None)),
            }
        }
    };
    stream::iter(&summary.repositories).map(look).buffered(AT_ONCE)
}

/// What a run has stored of one repository.
async fn read_record(
    store: &dyn RunStore,
    run: &RunId,
    id: &RepositoryId,
    has_deleted: bool,
) -> Result<RepositoryRecord, StepError> {
    let key = keys::plan(run, Stage::Plan, id);
    let images = keys::images(run, id);
    let receipts =
        async { if has_deleted { find_receipts(store, run, id).await } else { Ok(None) } };
    let (plan, images, receipts) =
        try_join!(find_document(store, &key), find_document(store, &images), receipts)?;
    let missing = || StepError::Missing { run: run.clone(), address: store.address(&key) };
    Ok(RepositoryRecord { plan: plan.ok_or_else(missing)?, images, receipts })
}

/// So many of the last runs of the store, up to this one, that planned all that their policy took, the oldest first. One
/// that cannot be read is none.
pub(super) async fn past_runs(
    store: &dyn RunStore,
    this: &RunId,
    most: usize,
) -> Result<Vec<PastRun>, StepError> {
    let Requests { requests, .. } = read_requests(store).await?;
    let Some(at) = requests.iter().find(|it| it.run == *this).map(|it| it.started_at) else {
        return Ok(Vec::new());
    };
    let is_whole = |it: &RunRequest| it.repositories.is_empty() && !it.explain_only;
    let before: Vec<RunRequest> =
        requests.into_iter().filter(|it| is_whole(it) && it.started_at <= at).collect();
    let mut past = Vec::new();
    for request in before.into_iter().rev() {
        let key = keys::summary(&request.run, Stage::Plan).head();
        let head: Option<RunSummaryHead> =
            find_document(store, &key).await.unwrap_or_else(|error| {
                tracing::warn!(run = %request.run, %error, "a run is left out of what is compared");
                None
            });
        // A run that stopped before it had planned says nothing of how much there is.
        let Some(head) = head.filter(|head| head.totals.repositories > 0) else { continue };
        past.push(PastRun {
            run: request.run,
            started_at: request.started_at,
            dry_run: head.dry_run,
            totals: head.totals,
        });
        if past.len() == most {
            break;
        }
    }
    past.reverse();
    Ok(past)
}

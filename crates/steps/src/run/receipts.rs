//! The receipts of one repository: those that were taken together, and those of batches since.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_core::RepositoryId;
use ecr_sweep_protocol::UnreadableDocument;
use ecr_sweep_protocol::documents::{Key, ReceiptBatch, Receipts, RunId, keys};
use futures::{StreamExt, TryStreamExt, stream};

use super::documents::{AT_ONCE, find_document};
use crate::StepError;

/// The receipts of a repository in a run, those of batches on their way included. None: deleting
/// was not begun there.
pub async fn find_receipts(
    store: &dyn RunStore,
    run: &RunId,
    repository: &RepositoryId,
) -> Result<Option<Receipts>, StepError> {
    let together = find_document(store, &keys::receipts(run, repository)).await?;
    if let Some(finished) = together.as_ref().filter(|receipts| receipts.finished) {
        return Ok(Some(finished.clone()));
    }
    let batches = later_batches(store, run, repository, taken_in(together.as_ref())).await?;
    if together.is_none() && batches.is_empty() {
        return Ok(None);
    }
    let mut receipts = together.unwrap_or_else(|| Receipts::none(run, repository));
    receipts.take_in(batches);
    Ok(Some(receipts))
}

/// What can be read of the receipts of a repository, and which documents of them cannot.
///
/// Batches stay where they are once their receipts are together: so where that document cannot be read, they say
/// what went. That of an image it was never heard what became of it is as far as they know.
pub(crate) async fn readable_receipts(
    store: &dyn RunStore,
    run: &RunId,
    repository: &RepositoryId,
) -> Result<(Option<Receipts>, Vec<UnreadableDocument>), StepError> {
    let mut unreadable = Vec::new();
    let together = match find_document(store, &keys::receipts(run, repository)).await {
        Ok(together) => together,
        Err(error) => {
            unreadable.push(error.unreadable()?);
            None
        }
    };
    if together.as_ref().is_some_and(|receipts: &Receipts| receipts.finished) {
        return Ok((together, unreadable));
    }
    let keys = later_keys(store, run, repository, taken_in(together.as_ref())).await?;
    let read: Vec<Result<ReceiptBatch, StepError>> = stream::iter(keys)
        .map(async |key| read_batch(store, run, &key).await)
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut batches = Vec::new();
    for batch in read {
        match batch {
            Ok(batch) => batches.push(batch),
            Err(error) => unreadable.push(error.unreadable()?),
        }
    }
    if together.is_none() && batches.is_empty() {
        return Ok((None, unreadable));
    }
    let mut receipts = together.unwrap_or_else(|| Receipts::none(run, repository));
    receipts.take_in(batches);
    Ok((Some(receipts), unreadable))
}

/// How many batches the receipts of a repository have taken in.
pub(crate) fn taken_in(receipts: Option<&Receipts>) -> u64 {
    receipts.and_then(|receipts| receipts.batches).unwrap_or(0)
}

/// The batches from this one on, in their order.
pub(crate) async fn later_batches(
    store: &dyn RunStore,
    run: &RunId,
    repository: &RepositoryId,
    first: u64,
) -> Result<Vec<ReceiptBatch>, StepError> {
    stream::iter(later_keys(store, run, repository, first).await?)
        .map(async |key| read_batch(store, run, &key).await)
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// A batch that is listed, and so is there: without it, what the registry was asked for is not known.
async fn read_batch(
    store: &dyn RunStore,
    run: &RunId,
    key: &Key<ReceiptBatch>,
) -> Result<ReceiptBatch, StepError> {
    let missing = || StepError::Missing { run: run.clone(), address: store.address(key) };
    find_document(store, key).await?.ok_or_else(missing)
}

async fn later_keys(
    store: &dyn RunStore,
    run: &RunId,
    repository: &RepositoryId,
    first: u64,
) -> Result<Vec<Key<ReceiptBatch>>, StepError> {
    let prefix = keys::receipt_batches(run, repository);
    let listed = store.list(&prefix).await?;
    let number = |key: &String| key.strip_prefix(&prefix)?.strip_suffix(".json")?.parse().ok();
    let mut numbers: Vec<u64> =
        listed.iter().filter_map(number).filter(|number| *number >= first).collect();
    numbers.sort_unstable();
    Ok(numbers.iter().map(|number| keys::receipt_batch(run, repository, *number)).collect())
}

//! Reads documents of a run store, and writes those that others may write, too.

use ecr_sweep_aws::store::{PutIf, PutNew, RunStore, Stored, Version};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{self, Key, keys};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StepError;
use crate::run::environment::{UPDATE_ATTEMPTS, pause};

/// How many documents are read or written at once. What ECR allows does not matter to a run store,
/// and 20,000 repositories are many round trips. Each may be a plan of 100,000 images: what is read so
/// is held (`RunStore::get_held`) until it is parsed, and no longer.
pub(crate) const AT_ONCE: usize = 32;

/// The document under a key, if there is one.
pub async fn find_document<D: DeserializeOwned>(
    store: &dyn RunStore,
    key: &Key<D>,
) -> Result<Option<D>, StepError> {
    match store.get_held(key).await? {
        Some(stored) => parse_document(store, key, &stored.bytes).map(Some),
        None => Ok(None),
    }
}

/// Reads a document that was already fetched.
pub(crate) fn parse_document<D: DeserializeOwned>(
    store: &dyn RunStore,
    key: &Key<D>,
    bytes: &[u8],
) -> Result<D, StepError> {
    documents::read(bytes).map_err(|source| {
        let address = store.address(key);
        if **key == *keys::LOCK {
            return StepError::DamagedLock { address, source };
        }
        StepError::Document { act: "read", address, source }
    })
}

/// The document under a key, if there is one, and which one it is.
pub(crate) async fn find_version<D: DeserializeOwned>(
    store: &dyn RunStore,
    key: &Key<D>,
) -> Result<Option<(D, Version)>, StepError> {
    let stored = store.get(key).await?;
    let read = |Stored { bytes, version }| Ok((parse_document(store, key, &bytes)?, version));
    stored.map(read).transpose()
}

/// Changes a document that others may change at the same time, and gives what is there then.
/// `change` may be called more than once; its error leaves the document as it is.
pub(crate) async fn update_document<D: DeserializeOwned + Serialize>(
    store: &dyn RunStore,
    key: &Key<D>,
    change: impl Fn(Option<D>) -> Result<D, StepError>,
) -> Result<D, StepError> {
    let found = find_version(store, key).await?;
    let (document, _) = update_found(store, key, found, change).await?;
    Ok(document)
}

/// The same with a document as it was found: it is read again only where it has changed since.
pub(crate) async fn update_found<D: DeserializeOwned + Serialize>(
    store: &dyn RunStore,
    key: &Key<D>,
    mut found: Option<(D, Version)>,
    change: impl Fn(Option<D>) -> Result<D, StepError>,
) -> Result<(D, Version), StepError> {
    for attempt in 0..UPDATE_ATTEMPTS {
        let (old, version) = found.unzip();
        let new = change(old)?;
        let bytes = text_of(store, key, &new)?;
        if let Some(version) = put_over(store, key, bytes, version.as_ref()).await? {
            return Ok((new, version));
        }
        pause(attempt).await;
        found = find_version(store, key).await?;
    }
    Err(StepError::Conflict {
        problem: format!("{} keeps changing", store.address(key)),
        next: NextStep::EndOtherRuns,
    })
}

/// Writes what is to be in place of this version, or new. None: something else is there.
pub(crate) async fn put_over(
    store: &dyn RunStore,
    key: &str,
    bytes: Vec<u8>,
    replaced: Option<&Version>,
) -> Result<Option<Version>, StepError> {
    Ok(match replaced {
        Some(version) => match store.put_if(key, bytes, version).await? {
            PutIf::Written(version) => Some(version),
            PutIf::Changed => None,
        },
        None => match store.put_new(key, bytes).await? {
            PutNew::Written(version) => Some(version),
            PutNew::Exists => None,
        },
    })
}

/// A document as it is stored.
pub(crate) fn text_of<D: Serialize>(
    store: &dyn RunStore,
    key: &str,
    document: &D,
) -> Result<Vec<u8>, StepError> {
    documents::write(document).map_err(|source| StepError::Document {
        act: "write",
        address: store.address(key),
        source,
    })
}

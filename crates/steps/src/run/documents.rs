//! Reads documents of a run store.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{self, Key};
use serde::de::DeserializeOwned;

use crate::StepError;

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
    documents::read(bytes).map_err(|source| StepError::Document {
        act: "read",
        address: store.address(key),
        source,
    })
}

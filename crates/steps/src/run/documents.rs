//! Reads documents of a run store.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{self, Key};
use serde::de::DeserializeOwned;

use crate::StepError;

/// The document under a key, if there is one.
pub async fn find_document<D: DeserializeOwned>(
    store: &dyn RunStore,
    key: &Key<D>,
) -> Result<Option<D>, StepError> {
    match store.get(key).await? {
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

//! What never changes is read once: the images of a task-definition revision, those of a
//! published function version.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::{fmt, io};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::store::{RunStore, StoreError};

/// Remembers, across runs, what never changes. One document an account, Region and source.
#[derive(Clone, Default)]
pub struct ScanCache {
    store: Option<Arc<dyn RunStore>>,
}

const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<T> {
    schema_version: u32,
    entries: BTreeMap<Box<str>, T>,
}

impl ScanCache {
    /// A cache under `cache/` of a run store.
    #[must_use]
    pub fn over(store: Arc<dyn RunStore>) -> Self {
        Self { store: Some(store) }
    }

    /// No cache: everything is read.
    #[must_use]
    pub const fn off() -> Self {
        Self { store: None }
    }

    /// What is remembered under a key. A document that cannot be read counts as none: everything
    /// in it can be read again.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<BTreeMap<Box<str>, T>, StoreError> {
        let Some(store) = &self.store else { return Ok(BTreeMap::new()) };
        let Some(stored) = store.get(key).await? else { return Ok(BTreeMap::new()) };
        match serde_json::from_slice::<Document<T>>(&stored.bytes) {
            Ok(document) if document.schema_version == SCHEMA_VERSION => Ok(document.entries),
            _ => {
                tracing::debug!(key, "the cached document is of no use, reading anew");
                Ok(BTreeMap::new())
            }
        }
    }

    /// Remembers these entries, and none that were there before.
    pub(super) async fn write<T: Serialize>(
        &self,
        key: &str,
        entries: BTreeMap<Box<str>, T>,
    ) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let document = Document { schema_version: SCHEMA_VERSION, entries };
        let bytes = serde_json::to_vec(&document).map_err(|error| StoreError::Io {
            act: "write",
            address: store.address(key),
            next: None,
            source: io::Error::from(error).into(),
        })?;
        store.put(key, bytes).await?;
        Ok(())
    }
}

impl fmt::Debug for ScanCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.store.as_ref().map(|store| store.address("cache"));
        f.debug_tuple("ScanCache").field(&at).finish()
    }
}

//! What never changes is read once: the images of a task-definition revision, those of a
//! published function version.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::{fmt, io};

use ecr_sweep_protocol::documents::keys;
use futures::{StreamExt, stream};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Scan, ScanError};
use crate::AwsError;
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

    /// What all of these items hold, by key: what is remembered of them, and the others read anew.
    /// One that is gone since it was listed is left out.
    ///
    /// What was read before a failure or the scan's deadline is remembered all the same.
    pub(super) async fn read_through<R: ReadOnce>(
        &self,
        scan: &Scan<'_>,
        reader: &R,
        items: impl IntoIterator<Item = R::Item>,
    ) -> Result<BTreeMap<Box<str>, R::Value>, ScanError> {
        let document = &keys::scan_cache(R::NAME, &scan.account_and_region());
        let before: BTreeMap<Box<str>, R::Kept> = self.read(document).await?;
        let (mut after, mut values) = (BTreeMap::new(), BTreeMap::new());
        let mut left = Vec::new();
        for item in items {
            let key: Box<str> = reader.key(&item).into();
            let kept = before.get(&key).and_then(|kept| Some((kept, reader.recall(&item, kept)?)));
            match kept {
                Some((kept, value)) => {
                    after.insert(key.clone(), kept.clone());
                    values.insert(key, value);
                }
                None => left.push(item),
            }
        }
        let mut failed: Option<ScanError> = None;
        let mut reading = stream::iter(left)
            .map(|item| async move {
                let value = reader.read(&item).await;
                (item, value)
            })
            .buffer_unordered(scan.concurrency());
        while let Some((item, value)) = reading.next().await {
            match value {
                Ok(Some(value)) => {
                    let key: Box<str> = reader.key(&item).into();
                    after.extend(reader.keep(&item, &value).map(|kept| (key.clone(), kept)));
                    values.insert(key, value);
                }
                Ok(None) => {}
                Err(error) => {
                    failed = Some(error.into());
                    break;
                }
            }
            if scan.deadline.has_passed() {
                failed = Some(ScanError::OutOfTime { known: after.len() as u64 });
                break;
            }
        }
        drop(reading);
        let written = if after == before { Ok(()) } else { self.write(document, after).await };
        if let Some(error) = failed {
            return Err(error);
        }
        written?;
        Ok(values)
    }

    /// What is remembered under a key. A document that cannot be read counts as none: everything
    /// in it can be read again.
    async fn read<T: DeserializeOwned>(
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
    async fn write<T: Serialize>(
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

/// What reads things that never change once they are settled.
pub(super) trait ReadOnce: Sync {
    /// What is listed.
    type Item: Send;
    /// What is read of it.
    type Value: Send;
    /// What of that is remembered.
    type Kept: Serialize + DeserializeOwned + Clone + PartialEq + Send;

    /// The name of what is remembered, in the run store.
    const NAME: &'static str;

    /// The item's own name.
    fn key<'i>(&self, item: &'i Self::Item) -> &'i str;

    /// What it holds, if what is remembered still holds.
    fn recall(&self, item: &Self::Item, kept: &Self::Kept) -> Option<Self::Value>;

    /// What to remember, if it never changes any more.
    fn keep(&self, item: &Self::Item, value: &Self::Value) -> Option<Self::Kept>;

    /// Reads it. None: it is gone since it was listed.
    fn read(
        &self,
        item: &Self::Item,
    ) -> impl Future<Output = Result<Option<Self::Value>, AwsError>> + Send;
}

impl fmt::Debug for ScanCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.store.as_ref().map(|store| store.address("cache"));
        f.debug_tuple("ScanCache").field(&at).finish()
    }
}

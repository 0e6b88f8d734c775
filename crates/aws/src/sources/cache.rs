//! What never changes is read once: the images of a task-definition revision, those of a
//! published function version.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::mem::take;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

use ecr_sweep_protocol::documents::keys;
use futures::stream::FuturesOrdered;
use futures::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Scan, ScanError};
use crate::AwsError;
use crate::store::{RunStore, StoreError};

/// Remembers, across runs, what never changes. One document an account, Region and kind of thing.
#[derive(Clone, Default)]
pub struct ScanCache {
    store: Option<Arc<dyn RunStore>>,
    folder: Box<str>,
    known: Arc<AtomicU64>,
    is_unchanged: bool,
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
        Self { store: Some(store), ..Self::default() }
    }

    /// A cache of its own in a folder of a run store, which ends with a `/`. What other scans have
    /// read is not believed; what this one has read outlasts its deadlines.
    #[must_use]
    pub fn apart(store: Arc<dyn RunStore>, folder: impl Into<Box<str>>) -> Self {
        Self { folder: folder.into(), ..Self::over(store) }
    }

    /// What other scans remember, to which this one adds nothing.
    #[must_use]
    pub fn unchanged(store: Arc<dyn RunStore>) -> Self {
        Self { is_unchanged: true, ..Self::over(store) }
    }

    /// No cache: everything is read.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// How many things are remembered of those that were named since this cache was made: a scan
    /// that gets no further will never end.
    #[must_use]
    pub fn known(&self) -> u64 {
        self.known.load(Ordering::Relaxed)
    }

    /// What is remembered under a key. A document that cannot be read counts as none: everything
    /// in it can be read again.
    async fn read<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<BTreeMap<Box<str>, T>, StoreError> {
        let Some(store) = &self.store else { return Ok(BTreeMap::new()) };
        let key = &format!("{}{key}", self.folder);
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
        let Some(store) = self.store.as_ref().filter(|_| !self.is_unchanged) else {
            return Ok(());
        };
        let key = &format!("{}{key}", self.folder);
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
    /// What names one.
    type Item: Send;
    /// What is read of it.
    type Value: Send;
    /// What of that is remembered.
    type Kept: Serialize + DeserializeOwned + Clone + PartialEq + Send;

    /// The name of what is remembered, in the run store.
    const NAME: &'static str;

    /// The most that one call reads.
    const A_CALL: usize = 1;

    /// The item's own name.
    fn key<'i>(&self, item: &'i Self::Item) -> &'i str;

    /// What it holds, if what is remembered still holds.
    fn recall(&self, item: &Self::Item, kept: &Self::Kept) -> Option<Self::Value>;

    /// What to remember, if it never changes any more.
    fn keep(&self, item: &Self::Item, value: &Self::Value) -> Option<Self::Kept>;

    /// Reads them, at most [`Self::A_CALL`] of them. One that is gone since it was named is left
    /// out.
    fn read(&self, items: Vec<Self::Item>) -> impl Future<Output = Read<Self>> + Send;
}

/// What was read, each value with its item.
pub(super) type Read<R> = Result<Vec<(<R as ReadOnce>::Item, <R as ReadOnce>::Value)>, AwsError>;

/// Reads things each by a call of its own. One that is gone gives nothing.
pub(super) async fn one_by_one<I, V, R>(
    items: Vec<I>,
    read: impl Fn(I) -> R,
) -> Result<Vec<(I, V)>, AwsError>
where
    R: Future<Output = Result<Option<(I, V)>, AwsError>>,
{
    let mut all = Vec::new();
    for item in items {
        all.extend(read(item).await?);
    }
    Ok(all)
}

/// What is remembered of one kind of thing in one place, during a scan.
///
/// It outlives the reading, so that what was read before a failure or the scan's deadline is
/// remembered all the same: whoever makes one calls [`Remembered::write`] in the end.
pub(super) struct Remembered<R: ReadOnce> {
    document: String,
    entries: Mutex<Entries<R::Kept>>,
}

struct Entries<T> {
    /// Those of the scans before, once anything was named.
    before: Option<BTreeMap<Box<str>, T>>,
    /// Those of what was named in this one.
    named: BTreeMap<Box<str>, T>,
}

impl<R: ReadOnce> Remembered<R> {
    pub(super) fn new(scan: &Scan<'_>) -> Self {
        let document = keys::scan_cache(R::NAME, &scan.account_and_region());
        let entries = Entries { before: None, named: BTreeMap::new() };
        Self { document, entries: Mutex::new(entries) }
    }

    /// Gives what every item holds, once: at once what is remembered of it, and the others in their
    /// order as they are read anew.
    ///
    /// Ends with [`ScanError::OutOfTime`] after the first call past the deadline.
    pub(super) async fn read_through(
        &self,
        scan: &Scan<'_>,
        reader: &R,
        items: impl Stream<Item = R::Item>,
        mut found: impl FnMut(R::Item, R::Value),
    ) -> Result<(), ScanError> {
        let mut items = pin!(items.fuse());
        let mut named = HashSet::new();
        let (mut batch, mut full) = (Vec::new(), VecDeque::new());
        let mut reading = FuturesOrdered::new();
        let mut all_named = false;
        loop {
            while reading.len() < scan.concurrency()
                && let Some(batch) = full.pop_front()
            {
                reading.push_back(reader.read(batch));
            }
            if all_named && reading.is_empty() {
                return Ok(());
            }
            tokio::select! {
                item = items.next(), if !all_named => {
                    let Some(item) = item else {
                        all_named = true;
                        full.extend(Some(take(&mut batch)).filter(|batch| !batch.is_empty()));
                        continue;
                    };
                    if named.is_empty() {
                        let before = scan.cache.read(&self.document).await?;
                        self.entries().before = Some(before);
                    }
                    if !named.insert(Box::<str>::from(reader.key(&item))) {
                        continue;
                    }
                    if let Some(value) = self.recall(reader, &item) {
                        found(item, value);
                        continue;
                    }
                    batch.push(item);
                    if batch.len() == R::A_CALL {
                        full.push_back(take(&mut batch));
                    }
                }
                Some(read) = reading.next() => {
                    for (item, value) in read? {
                        if let Some(kept) = reader.keep(&item, &value) {
                            self.entries().named.insert(reader.key(&item).into(), kept);
                        }
                        found(item, value);
                    }
                    if scan.deadline.has_passed() {
                        let known = self.entries().named.len() as u64;
                        return Err(ScanError::OutOfTime { known });
                    }
                }
            }
        }
    }

    fn recall(&self, reader: &R, item: &R::Item) -> Option<R::Value> {
        let mut entries = self.entries();
        let key = reader.key(item);
        let kept = entries.before.as_ref()?.get(key)?.clone();
        let value = reader.recall(item, &kept)?;
        entries.named.insert(key.into(), kept);
        Some(value)
    }

    /// Remembers what was named, and, unless the scan is whole, whatever else was remembered.
    pub(super) async fn write(self, cache: &ScanCache, is_whole: bool) -> Result<(), StoreError> {
        let entries = self.entries.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Entries { before: Some(before), named } = entries else { return Ok(()) };
        cache.known.fetch_add(named.len() as u64, Ordering::Relaxed);
        let mut after = named;
        if !is_whole {
            for (key, kept) in &before {
                after.entry(key.clone()).or_insert_with(|| kept.clone());
            }
        }
        if after == before { Ok(()) } else { cache.write(&self.document, after).await }
    }

    fn entries(&self) -> MutexGuard<'_, Entries<R::Kept>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ScanCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.store.as_ref().map(|store| store.address("cache"));
        f.debug_tuple("ScanCache").field(&at).finish()
    }
}

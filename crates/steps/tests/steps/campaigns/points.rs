//! The points of a run: what it does to the world, in order, and a stop at one of them.

use std::future::pending;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ecr_sweep_aws::store::{
    BlobCopy, BlobError, BlobStore, ByteStream, PutIf, PutNew, RunStore, StoreError, Stored,
    Version,
};
use ecr_sweep_core::Digest;
use ecr_sweep_core::policy::StorageClass;
use futures::{StreamExt, stream};
use tokio::sync::{Notify, Semaphore};

/// What was about to be done.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// The operation of a request, or what is written: `put sweeps/r1/request.json`.
    pub(super) name: String,
    /// The body of a request.
    pub(super) body: String,
}

/// Where a run is stopped, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Nowhere.
    Never,
    /// Before this point, for good: nothing is done from there on.
    Killed(usize),
    /// Before this point, until it is let go.
    Held(usize),
}

/// The points that a run has come to.
pub(super) struct Points {
    counts: fn(&str) -> bool,
    at: At,
    passed: Mutex<Vec<Point>>,
    reached: Notify,
    released: Semaphore,
}

impl Points {
    pub(super) fn new(counts: fn(&str) -> bool, at: At) -> Arc<Self> {
        Arc::new(Self {
            counts,
            at,
            passed: Mutex::default(),
            reached: Notify::new(),
            released: Semaphore::new(0),
        })
    }

    /// What was done, in its order.
    pub(super) fn passed(&self) -> Vec<Point> {
        self.passed.lock().unwrap().clone()
    }

    /// Waits until the run has come to where it is stopped.
    pub(super) async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets a run go on that is held.
    pub(super) fn release(&self) {
        self.released.add_permits(1);
    }

    pub(super) async fn pass(&self, name: String, body: String) {
        if !(self.counts)(&name) {
            return;
        }
        // Whatever comes at the same time comes after it.
        let is_there = {
            let mut passed = self.passed.lock().unwrap();
            let number = passed.len();
            match self.at {
                At::Killed(at) if number >= at => true,
                At::Never | At::Killed(_) | At::Held(_) => {
                    passed.push(Point { name, body });
                    matches!(self.at, At::Held(at) if number >= at)
                }
            }
        };
        if !is_there {
            return;
        }
        self.reached.notify_one();
        match self.at {
            // What comes at the same time waits, too.
            At::Held(_) => drop(self.released.acquire().await),
            At::Never | At::Killed(_) => pending().await,
        }
    }
}

/// Runs something until it is killed: then nothing of it is left but what it did.
pub(super) async fn until_killed<T>(points: &Points, run: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = points.reached() => None,
        ended = run => Some(ended),
    }
}

/// What came of each case until one has not come so far, a few at a time.
pub(super) async fn until_none<F: Future<Output = Option<Vec<String>>>>(
    cases: impl Iterator<Item = usize>,
    case: impl Fn(usize) -> F,
) -> Vec<Vec<String>> {
    let mut ended = Box::pin(stream::iter(cases).map(case).buffered(4));
    let mut reached = Vec::new();
    while let Some(Some(problems)) = ended.next().await {
        reached.push(problems);
    }
    reached
}

/// A store whose writes are points.
pub(super) struct SteppedStore {
    pub(super) inner: Arc<dyn RunStore>,
    pub(super) points: Arc<Points>,
}

impl SteppedStore {
    async fn write(&self, key: &str) {
        self.points.pass(format!("put {key}"), String::new()).await;
    }
}

#[async_trait]
impl RunStore for SteppedStore {
    async fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.inner.get(key).await
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        self.write(key).await;
        self.inner.put(key, bytes).await
    }

    async fn put_unsynced(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        self.write(key).await;
        self.inner.put_unsynced(key, bytes).await
    }

    async fn put_new(&self, key: &str, bytes: Vec<u8>) -> Result<PutNew, StoreError> {
        self.write(key).await;
        self.inner.put_new(key, bytes).await
    }

    async fn put_if(
        &self,
        key: &str,
        bytes: Vec<u8>,
        expected: &Version,
    ) -> Result<PutIf, StoreError> {
        self.write(key).await;
        self.inner.put_if(key, bytes, expected).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list(prefix).await
    }

    async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.inner.folders(folder).await
    }

    fn blobs(&self) -> Option<&dyn BlobStore> {
        self.inner.blobs().map(|_| self as &dyn BlobStore)
    }

    fn address(&self, key: &str) -> String {
        self.inner.address(key)
    }
}

#[async_trait]
impl BlobStore for SteppedStore {
    async fn find_blob(
        &self,
        digest: Digest,
        copied: Option<&BlobCopy>,
    ) -> Result<Option<BlobCopy>, StoreError> {
        self.inner.blobs().unwrap().find_blob(digest, copied).await
    }

    async fn put_blob(
        &self,
        digest: Digest,
        class: StorageClass,
        bytes: ByteStream,
    ) -> Result<BlobCopy, BlobError> {
        self.write(&format!("blob {digest}")).await;
        self.inner.blobs().unwrap().put_blob(digest, class, bytes).await
    }

    async fn open_blob(&self, digest: Digest) -> Result<Option<ByteStream>, StoreError> {
        self.inner.blobs().unwrap().open_blob(digest).await
    }

    async fn remove_blob(&self, digest: Digest) -> Result<(), StoreError> {
        self.write(&format!("no blob {digest}")).await;
        self.inner.blobs().unwrap().remove_blob(digest).await
    }

    async fn remove_wanted(&self, key: &str) -> Result<(), StoreError> {
        self.write(&format!("no {key}")).await;
        self.inner.blobs().unwrap().remove_wanted(key).await
    }

    async fn list_blobs(&self) -> Result<Vec<Digest>, StoreError> {
        self.inner.blobs().unwrap().list_blobs().await
    }
}

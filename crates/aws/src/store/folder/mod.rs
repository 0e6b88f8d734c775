//! A run store in a local folder: one file a document.
//!
//! What is durable when. Every reader, in whatever process, sees a document whole or not at all,
//! and sees it once its write has returned. When the machine stops as well, without warning:
//!
//! - what [`put`](RunStore::put), [`put_new`](RunStore::put_new) and [`put_if`](RunStore::put_if)
//!   wrote is whole, as it is or as it was before: the bytes are on the disk before the document
//!   takes its place. The lock is written so, receipts, and what later runs read;
//! - what [`put_unsynced`](RunStore::put_unsynced) wrote may be lost or cut short, until the system
//!   gets to it. Plans are written so: what is not as it was made is not deleted by, and can be made
//!   again;
//! - once [`sync`](RunStore::sync) has returned, everything that was written through this store is
//!   on the disk, and in its place. No registry is asked to delete anything before that.
//!
//! Whoever writes waits for those alone who write the same document. Files are synced by many at
//! once, outside of any lock: file systems then commit them together.

mod sync;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use ecr_sweep_core::sha256;
use ecr_sweep_protocol::NextStep;
use tempfile::NamedTempFile;

use self::sync::Unsynced;
use super::{Condition, PutIf, PutNew, RunStore, StoreError, Stored, Version, key};

/// Where the store keeps what is not a document: its locks, and documents that are being written.
const OWN: &str = ".store";

/// A folder with one file a document.
///
/// A document is written beside the others and then moved into its place, under a lock that other
/// processes respect too. The version of a document is the SHA-256 of its bytes.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: PathBuf,
    unsynced: Arc<Unsynced>,
}

/// Whether the bytes of a document have to be on the disk before it takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bytes {
    Synced,
    Unsynced,
}

impl FolderStore {
    /// The store in this folder, which need not exist yet.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, unsynced: Arc::default() }
    }

    /// Runs what waits for the disk where it holds up nobody.
    async fn on_disk<T: Send + 'static>(
        &self,
        key: &str,
        act: &'static str,
        work: impl FnOnce(&Self, PathBuf) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let path = self.root.join(key);
        let address = path.display().to_string();
        tokio::task::spawn_blocking(move || work(&store, path))
            .await
            .unwrap_or_else(|cut_short| Err(io::Error::other(cut_short)))
            .map_err(|error| StoreError::Io {
                act,
                address,
                next: Some(Box::new(NextStep::CheckFolder)),
                source: error.into(),
            })
    }

    async fn write(
        &self,
        key: &str,
        content: Vec<u8>,
        bytes: Bytes,
        condition: Condition,
    ) -> Result<Option<Version>, StoreError> {
        key::check(key)?;
        let name = key.to_owned();
        let replace = move |store: &Self, path: PathBuf| {
            store.replace(&name, &path, &content, bytes, &condition)
        };
        self.on_disk(key, "write", replace).await
    }

    fn replace(
        &self,
        key: &str,
        path: &Path,
        content: &[u8],
        bytes: Bytes,
        condition: &Condition,
    ) -> io::Result<Option<Version>> {
        let own = self.root.join(OWN);
        fs::create_dir_all(&own)?;
        let mut file = NamedTempFile::new_in(&own)?;
        file.write_all(content)?;
        if bytes == Bytes::Synced {
            file.as_file().sync_data()?;
        }
        let _lock = Lock::take(&own, key)?;
        let good = match condition {
            Condition::Any => true,
            Condition::Absent => read(path)?.is_none(),
            Condition::Is(expected) => {
                read(path)?.is_some_and(|bytes| version(&bytes) == *expected)
            }
        };
        if !good {
            return Ok(None);
        }
        let folder = path.parent().unwrap_or(&self.root);
        self.unsynced.make_folder(folder)?;
        file.persist(path).map_err(|error| error.error)?;
        self.unsynced.add(folder, (bytes == Bytes::Unsynced).then_some(path));
        Ok(Some(version(content)))
    }
}

#[async_trait]
impl RunStore for FolderStore {
    async fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        key::check(key)?;
        let bytes = self.on_disk(key, "read", |_, path| read(&path)).await?;
        Ok(bytes.map(|bytes| Stored { version: version(&bytes), bytes }))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        let version = version(&bytes);
        self.write(key, bytes, Bytes::Synced, Condition::Any).await?;
        Ok(version)
    }

    async fn put_unsynced(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        let version = version(&bytes);
        self.write(key, bytes, Bytes::Unsynced, Condition::Any).await?;
        Ok(version)
    }

    async fn sync(&self) -> Result<(), StoreError> {
        self.on_disk("", "sync", |store, _| store.unsynced.sync()).await
    }

    async fn put_new(&self, key: &str, bytes: Vec<u8>) -> Result<PutNew, StoreError> {
        let written = self.write(key, bytes, Bytes::Synced, Condition::Absent).await?;
        Ok(written.map_or(PutNew::Exists, PutNew::Written))
    }

    async fn put_if(
        &self,
        key: &str,
        bytes: Vec<u8>,
        expected: &Version,
    ) -> Result<PutIf, StoreError> {
        let condition = Condition::Is(expected.clone());
        let written = self.write(key, bytes, Bytes::Synced, condition).await?;
        Ok(written.map_or(PutIf::Changed, PutIf::Written))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let folder = key::folder_of(prefix)?;
        let start = folder.to_owned();
        let mut keys = self
            .on_disk(folder, "list", move |store, _| {
                let mut keys = Vec::new();
                walk(&store.root, &start, &mut keys)?;
                Ok(keys)
            })
            .await?;
        keys.retain(|key| key.starts_with(prefix));
        keys.sort();
        Ok(keys)
    }

    async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        if !folder.is_empty() {
            key::check(folder)?;
        }
        let start = folder.to_owned();
        self.on_disk(folder, "list", move |store, _| folders(&store.root, &start)).await
    }

    fn address(&self, key: &str) -> String {
        self.root.join(key).display().to_string()
    }
}

fn version(bytes: &[u8]) -> Version {
    Version::new(sha256(bytes).to_string())
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A document in place of a folder on the way is the absence of what would be in the folder.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// What keeps others from writing the same document. Given back when it is dropped, also if the
/// process ends.
struct Lock {
    _everything: File,
    _document: File,
}

impl Lock {
    fn take(own: &Path, key: &str) -> io::Result<Self> {
        // Versions that know of no other lock take this one for themselves alone.
        let everything = File::create(own.join("lock"))?;
        everything.lock_shared()?;
        let locks = own.join("locks");
        fs::create_dir_all(&locks)?;
        // A few documents share a lock.
        let hex = sha256(key.as_bytes()).hex();
        let document = File::create(locks.join(hex.split_at(2).0))?;
        document.lock()?;
        Ok(Self { _everything: everything, _document: document })
    }
}

/// The keys of all documents in a folder, however deep.
fn walk(root: &Path, folder: &str, keys: &mut Vec<String>) -> io::Result<()> {
    for (name, is_folder) in entries(root, folder)? {
        let key = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if is_folder {
            walk(root, &key, keys)?;
        } else {
            keys.push(key);
        }
    }
    Ok(())
}

/// The names of the folders right under one that hold a document.
fn folders(root: &Path, folder: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for (name, is_folder) in entries(root, folder)? {
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if is_folder && holds_a_document(root, &path)? {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn holds_a_document(root: &Path, folder: &str) -> io::Result<bool> {
    for (name, is_folder) in entries(root, folder)? {
        if !is_folder || holds_a_document(root, &format!("{folder}/{name}"))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is right in a folder: its names, and whether each is a folder itself.
fn entries(root: &Path, folder: &str) -> io::Result<Vec<(String, bool)>> {
    let entries = match fs::read_dir(root.join(folder)) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut named = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        // What is not a key's name is not a document.
        if let Some(name) = name.to_str().filter(|name| key::check(name).is_ok()) {
            named.push((name.to_owned(), entry.file_type()?.is_dir()));
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_writes_waits_for_those_alone_who_write_the_same_document() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore::new(folder.path().to_owned());
        let own = folder.path().join(OWN);
        fs::create_dir_all(&own).unwrap();
        let lock = Lock::take(&own, "a").unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.put("a", Vec::new()).await }
        });
        store.put("b", Vec::new()).await.unwrap();
        assert!(!waiting.is_finished() && store.get("a").await.unwrap().is_none());
        drop(lock);
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn who_locks_the_whole_store_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore::new(folder.path().to_owned());
        let own = folder.path().join(OWN);
        fs::create_dir_all(&own).unwrap();
        let earlier_version = File::create(own.join("lock")).unwrap();
        earlier_version.lock().unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.put_new("a", Vec::new()).await }
        });
        assert!(store.get("a").await.unwrap().is_none() && !waiting.is_finished());
        drop(earlier_version);
        waiting.await.unwrap().unwrap();
    }
}

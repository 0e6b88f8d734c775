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
//! What is in the folder is the caller's alone: see [`own`](self::own). Which file a document is, see
//! [`place`](self::place).
//!
//! Whoever writes waits for those alone who write the same document. Files are synced by many at
//! once, outside of any lock: file systems then commit them together.

mod blobs;
mod own;
mod place;
mod sync;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use ecr_sweep_core::sha256;
use ecr_sweep_protocol::NextStep;
use tempfile::NamedTempFile;

use self::own::NotOwn;
use self::sync::Unsynced;
use super::{BlobStore, Condition, PutIf, PutNew, RunStore, StoreError, Stored, Version, key};

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
        address: String,
        act: &'static str,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || work(&store))
            .await
            .unwrap_or_else(|cut_short| Err(io::Error::other(cut_short)))
            .map_err(|error| {
                let is_not_own = matches!(error.get_ref(), Some(it) if it.is::<NotOwn>());
                let next = if is_not_own { NextStep::OwnFolder } else { NextStep::CheckFolder };
                StoreError::Io { act, address, next: Some(Box::new(next)), source: error.into() }
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
        let replace = move |store: &Self| store.replace(&name, &content, bytes, &condition);
        self.on_disk(self.address(key), "write", replace).await
    }

    fn replace(
        &self,
        key: &str,
        content: &[u8],
        bytes: Bytes,
        condition: &Condition,
    ) -> io::Result<Option<Version>> {
        let path = place::file_of(&self.root, key)?;
        let own = self.root.join(OWN);
        self.unsynced.make_folder(&self.root, &own)?;
        let mut file = NamedTempFile::new_in(&own)?;
        own::keep_file(file.as_file())?;
        file.write_all(content)?;
        if bytes == Bytes::Synced {
            file.as_file().sync_data()?;
        }
        let _lock = Lock::take(&own, key)?;
        let good = match condition {
            // Whatever is there and is no document is not put out of the way.
            Condition::Any => own::is_there(&path).map(|_| true)?,
            Condition::Absent => self.read(key, &path)?.is_none(),
            Condition::Is(expected) => {
                self.read(key, &path)?.is_some_and(|bytes| version(&bytes) == *expected)
            }
        };
        if !good {
            return Ok(None);
        }
        let folder = path.parent().unwrap_or(&self.root);
        self.unsynced.make_folder(&self.root, folder)?;
        file.persist(&path).map_err(|error| error.error)?;
        self.unsynced.add(folder, (bytes == Bytes::Unsynced).then_some(&path));
        Ok(Some(version(content)))
    }

    /// What a document has, wherever a version has put it.
    fn read(&self, key: &str, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let found = self.read_in(path)?;
        match place::earlier(&self.root, key, path) {
            Some(earlier) if found.is_none() => self.read_in(&earlier),
            _ => Ok(found),
        }
    }

    fn read_in(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        if self.check_way(path.parent().unwrap_or(&self.root))? {
            own::read(path)
        } else {
            Ok(None)
        }
    }

    /// Whether there is a folder, and all in which it is are the caller's alone, down from the root.
    fn check_way(&self, folder: &Path) -> io::Result<bool> {
        let mut way: Vec<&Path> =
            folder.ancestors().take_while(|it| it.starts_with(&self.root)).collect();
        way.reverse();
        for folder in way {
            if !own::check_folder(folder, folder == self.root)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is right in a folder of documents: of each its key and whether it is a folder, which it
    /// is in if that has but the beginning of a name.
    fn entries(&self, folder: &str) -> io::Result<Vec<(String, bool)>> {
        let path = place::folder_of(&self.root, folder)?;
        let mut found = self.entries_in(&path, folder)?;
        if let Some(earlier) = place::earlier(&self.root, folder, &path) {
            found.extend(self.entries_in(&earlier, folder)?);
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn entries_in(&self, path: &Path, folder: &str) -> io::Result<Vec<(String, bool)>> {
        if !self.check_way(path)? {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name();
            // What is not a key's name is not a document.
            let Some(name) = name.to_str().filter(|name| key::check(name).is_ok()) else {
                continue;
            };
            let key = place::key_in(folder, name);
            match (entry.file_type()?.is_dir(), place::is_beginning(name)) {
                (true, true) => found.extend(self.entries_in(&entry.path(), &key)?),
                (false, true) => {}
                (is_folder, false) => found.push((key, is_folder)),
            }
        }
        Ok(found)
    }

    /// The keys of all documents in a folder, however deep.
    fn walk(&self, folder: &str, keys: &mut Vec<String>) -> io::Result<()> {
        for (key, is_folder) in self.entries(folder)? {
            if is_folder {
                self.walk(&key, keys)?;
            } else {
                keys.push(key);
            }
        }
        Ok(())
    }

    fn holds_a_document(&self, folder: &str) -> io::Result<bool> {
        for (key, is_folder) in self.entries(folder)? {
            if !is_folder || self.holds_a_document(&key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[async_trait]
impl RunStore for FolderStore {
    async fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        key::check(key)?;
        let name = key.to_owned();
        let read = move |store: &Self| store.read(&name, &place::file_of(&store.root, &name)?);
        let bytes = self.on_disk(self.address(key), "read", read).await?;
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
        self.on_disk(self.address(""), "sync", |store| store.unsynced.sync()).await
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
            .on_disk(self.address(folder), "list", move |store| {
                let mut keys = Vec::new();
                store.walk(&start, &mut keys)?;
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
        self.on_disk(self.address(folder), "list", move |store| {
            let mut names = Vec::new();
            for (key, is_folder) in store.entries(&start)? {
                if is_folder && store.holds_a_document(&key)? {
                    names.extend(key.rsplit('/').next().map(str::to_owned));
                }
            }
            names.sort();
            Ok(names)
        })
        .await
    }

    fn blobs(&self) -> Option<&dyn BlobStore> {
        Some(self)
    }

    fn address(&self, key: &str) -> String {
        let path = place::file_of(&self.root, key).unwrap_or_else(|_| self.root.join(key));
        path.display().to_string()
    }
}

fn version(bytes: &[u8]) -> Version {
    Version::new(sha256(bytes).to_string())
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
        let everything = own::open_or_make(&own.join("lock"))?;
        everything.lock_shared()?;
        let locks = own.join("locks");
        own::make_folder(&locks)?;
        // A few documents share a lock.
        let hex = sha256(key.as_bytes()).hex();
        if !own::check_folder(&locks, false)? {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        let document = own::open_or_make(&locks.join(hex.split_at(2).0))?;
        document.lock()?;
        Ok(Self { _everything: everything, _document: document })
    }
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

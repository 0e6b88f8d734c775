//! A run store in a local folder.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use ecr_sweep_core::sha256;
use ecr_sweep_protocol::NextStep;
use tempfile::NamedTempFile;

use super::{Condition, PutIf, PutNew, RunStore, StoreError, Stored, Version, key};

/// Where the store keeps what is not a document: its lock, and documents that are being written.
const OWN: &str = ".store";

/// A folder with one file a document.
///
/// A document is written beside the others and then moved into its place, under a lock that other
/// processes respect too. The version of a document is the SHA-256 of its bytes.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// The store in this folder, which need not exist yet.
    #[must_use]
    pub const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Runs what waits for the disk where it holds up nobody.
    async fn on_disk<T: Send + 'static>(
        &self,
        key: &str,
        act: &'static str,
        work: impl FnOnce(PathBuf, PathBuf) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let root = self.root.clone();
        let path = root.join(key);
        let address = path.display().to_string();
        tokio::task::spawn_blocking(move || work(root, path))
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
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Option<Version>, StoreError> {
        key::check(key)?;
        self.on_disk(key, "write", move |root, path| replace(&root, &path, &bytes, &condition))
            .await
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
        self.write(key, bytes, Condition::Any).await?;
        Ok(version)
    }

    async fn put_new(&self, key: &str, bytes: Vec<u8>) -> Result<PutNew, StoreError> {
        let written = self.write(key, bytes, Condition::Absent).await?;
        Ok(written.map_or(PutNew::Exists, PutNew::Written))
    }

    async fn put_if(
        &self,
        key: &str,
        bytes: Vec<u8>,
        expected: &Version,
    ) -> Result<PutIf, StoreError> {
        let written = self.write(key, bytes, Condition::Is(expected.clone())).await?;
        Ok(written.map_or(PutIf::Changed, PutIf::Written))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let folder = key::folder_of(prefix)?;
        let start = folder.to_owned();
        let mut keys = self
            .on_disk(folder, "list", move |root, _| {
                let mut keys = Vec::new();
                walk(&root, &start, &mut keys)?;
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
        self.on_disk(folder, "list", move |root, _| folders(&root, &start)).await
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

fn replace(
    root: &Path,
    path: &Path,
    bytes: &[u8],
    condition: &Condition,
) -> io::Result<Option<Version>> {
    let own = root.join(OWN);
    fs::create_dir_all(&own)?;
    let mut file = NamedTempFile::new_in(&own)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    // Dropped, and so unlocked, at the end: also if the process is.
    let lock = File::create(own.join("lock"))?;
    lock.lock()?;
    let good = match condition {
        Condition::Any => true,
        Condition::Absent => read(path)?.is_none(),
        Condition::Is(expected) => read(path)?.is_some_and(|bytes| version(&bytes) == *expected),
    };
    if !good {
        return Ok(None);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(Some(version(bytes)))
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

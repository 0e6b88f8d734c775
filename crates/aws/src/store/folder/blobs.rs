//! The vault in a folder: one file a blob.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};

use async_trait::async_trait;
use ecr_sweep_core::policy::StorageClass;
use ecr_sweep_core::{Digest, Hashing};
use futures::{StreamExt as _, stream};
use tempfile::NamedTempFile;

use super::{FolderStore, OWN, own, place};
use crate::store::blobs::{self, BLOBS, BlobCopy, BlobError, BlobStore, ByteStream};
use crate::store::{RunStore as _, StoreError};

/// How many bytes are read or written at once.
const AT_ONCE: usize = 1 << 20;

impl FolderStore {
    /// The file of a blob, to be read.
    fn open_file(&self, key: &str) -> io::Result<Option<File>> {
        let path = place::file_of(&self.root, key)?;
        if self.check_way(path.parent().unwrap_or(&self.root))? {
            own::open(&path, OpenOptions::new().read(true))
        } else {
            Ok(None)
        }
    }

    fn begin_blob(&self) -> io::Result<NamedTempFile> {
        let own = self.root.join(OWN);
        self.unsynced.make_folder(&self.root, &own)?;
        let file = NamedTempFile::new_in(&own)?;
        own::keep_file(file.as_file())?;
        Ok(file)
    }

    /// The bytes are on the disk before the blob takes its place.
    fn keep_blob(&self, key: &str, file: NamedTempFile) -> io::Result<()> {
        let path = place::file_of(&self.root, key)?;
        file.as_file().sync_data()?;
        own::is_there(&path)?;
        let folder = path.parent().unwrap_or(&self.root);
        self.unsynced.make_folder(&self.root, folder)?;
        file.persist(&path).map_err(|error| error.error)?;
        self.unsynced.add(folder, None);
        Ok(())
    }
}

/// Reads what is left of a file, and takes its digest.
fn digest_of(mut file: File) -> io::Result<(Digest, u64)> {
    let (mut hashing, mut total) = (Hashing::default(), 0);
    let mut bytes = vec![0; AT_ONCE];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok((hashing.digest(), total)),
            count => {
                hashing.update(&bytes[..count]);
                total += count as u64;
            }
        }
    }
}

#[async_trait]
impl BlobStore for FolderStore {
    async fn find_blob(
        &self,
        digest: Digest,
        _: Option<&BlobCopy>,
    ) -> Result<Option<BlobCopy>, StoreError> {
        let key = blobs::key(digest);
        let address = self.address(&key);
        let read = move |store: &Self| store.open_file(&key)?.map(digest_of).transpose();
        let found = self.on_disk(address, "read", read).await?;
        let found = found.filter(|(actual, _)| *actual == digest);
        Ok(found.map(|(_, bytes)| BlobCopy { bytes, mark: None }))
    }

    async fn put_blob(
        &self,
        digest: Digest,
        _: StorageClass,
        mut bytes: ByteStream,
    ) -> Result<BlobCopy, BlobError> {
        let key = blobs::key(digest);
        let address = self.address(&key);
        let mut file = self.on_disk(address.clone(), "write", Self::begin_blob).await?;
        let (mut hashing, mut total, mut waiting) = (Hashing::default(), 0, Vec::new());
        loop {
            let some = bytes.next().await.transpose().map_err(BlobError::Source)?;
            let is_end = some.is_none();
            if let Some(some) = some {
                hashing.update(&some);
                total += some.len() as u64;
                waiting.extend(some);
            }
            if is_end || waiting.len() >= AT_ONCE {
                let write = std::mem::take(&mut waiting);
                file = self
                    .on_disk(address.clone(), "write", move |_| {
                        file.write_all(&write)?;
                        Ok(file)
                    })
                    .await?;
            }
            if is_end {
                break;
            }
        }
        let actual = hashing.digest();
        if actual != digest {
            return Err(BlobError::OtherDigest { actual });
        }
        self.on_disk(address, "write", move |store| store.keep_blob(&key, file)).await?;
        Ok(BlobCopy { bytes: total, mark: None })
    }

    async fn open_blob(&self, digest: Digest) -> Result<Option<ByteStream>, StoreError> {
        let key = blobs::key(digest);
        let open = move |store: &Self| store.open_file(&key);
        let address = self.address(&blobs::key(digest));
        let Some(file) = self.on_disk(address, "read", open).await? else { return Ok(None) };
        let bytes = stream::try_unfold(file, |mut file| async move {
            let read = tokio::task::spawn_blocking(move || {
                let mut bytes = vec![0; AT_ONCE];
                let count = file.read(&mut bytes)?;
                bytes.truncate(count);
                Ok::<_, io::Error>((bytes, file))
            });
            let (bytes, file) = read.await.unwrap_or_else(|it| Err(io::Error::other(it)))?;
            Ok((!bytes.is_empty()).then_some((bytes, file)))
        });
        Ok(Some(bytes.boxed()))
    }

    async fn remove_blob(&self, digest: Digest) -> Result<(), StoreError> {
        self.remove(blobs::key(digest)).await
    }

    async fn remove_wanted(&self, key: &str) -> Result<(), StoreError> {
        blobs::check_wanted(key)?;
        self.remove(key.to_owned()).await
    }

    async fn list_blobs(&self) -> Result<Vec<Digest>, StoreError> {
        Ok(self.list(BLOBS).await?.iter().filter_map(blobs::digest).collect())
    }
}

impl FolderStore {
    async fn remove(&self, key: String) -> Result<(), StoreError> {
        let address = self.address(&key);
        let remove = move |store: &Self| {
            let path = place::file_of(&store.root, &key)?;
            if own::is_there(&path)? { std::fs::remove_file(path) } else { Ok(()) }
        };
        self.on_disk(address, "remove", remove).await
    }
}

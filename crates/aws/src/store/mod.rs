//! The run store: the documents of a run, by key.

mod blobs;
mod error;
mod folder;
mod key;
mod location;
mod room;
mod s3;

pub use blobs::{BlobCopy, BlobError, BlobStore, ByteStream};
pub use error::{StoreCause, StoreError};
pub use folder::FolderStore;
pub use location::{NotAStore, S3Location, StoreLocation};
pub use room::Held;
pub use s3::{BucketReader, S3Store};

use std::fmt;

use async_trait::async_trait;

/// Documents by key, in a folder or a bucket. A reader sees a document whole or not at all.
///
/// A key is a relative path of segments that `/` separates, such as
/// `plans/111122223333/eu-west-1/dev/app.json`.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// The document, if there is one.
    async fn get(&self, key: &str) -> Result<Option<Stored>, StoreError>;

    /// The same, for who reads many at once, each of which may be large: a store in a bucket holds so
    /// many bytes of them as a function has memory for, and lets the others wait.
    async fn get_held(&self, key: &str) -> Result<Option<Held>, StoreError> {
        Ok(self.get(key).await?.map(Held::anywhere))
    }

    /// Writes the document, whether there is one or not.
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError>;

    /// The same, where a loss of power may cost the document until [`sync`](Self::sync) has
    /// returned: for what can be made again. A reader sees it whole all the same.
    async fn put_unsynced(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        self.put(key, bytes).await
    }

    /// Returns once nothing that was written through this store before can be lost any more.
    async fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Writes the document if there is none.
    async fn put_new(&self, key: &str, bytes: Vec<u8>) -> Result<PutNew, StoreError>;

    /// Writes the document if it is still the expected one.
    async fn put_if(
        &self,
        key: &str,
        bytes: Vec<u8>,
        expected: &Version,
    ) -> Result<PutIf, StoreError>;

    /// The keys that start with this text, sorted.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;

    /// The names of the folders right under this one, sorted; `""` is the store itself. A folder is
    /// there as long as a document is in it, however deep.
    async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError>;

    /// The blobs that it keeps besides documents, where it can keep any.
    fn blobs(&self) -> Option<&dyn BlobStore> {
        None
    }

    /// Where people find the document.
    fn address(&self, key: &str) -> String;

    /// Where people find the documents of a folder; `""` is the store itself.
    fn address_of_folder(&self, folder: &str) -> String {
        self.address(folder).trim_end_matches('/').to_owned()
    }
}

/// A document, and which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The document.
    pub bytes: Vec<u8>,
    /// Its version.
    pub version: Version,
}

/// Which document is under a key: another document has another version. Opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(Box<str>);

impl Version {
    /// The version that a store gives.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The version as the store spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What became of a document that was to be new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutNew {
    /// It is there.
    Written(Version),
    /// There was one: it is left as it was.
    Exists,
}

/// What became of a document that was to replace another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutIf {
    /// It is there.
    Written(Version),
    /// The other was not there any more: nothing is written.
    Changed,
}

/// What has to be true of the document that is replaced.
enum Condition {
    Any,
    Absent,
    Is(Version),
}

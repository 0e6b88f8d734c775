//! The blobs of the vault: layers and configurations of images, each under its digest.

use std::fmt::Display;

use async_trait::async_trait;
use ecr_sweep_core::Digest;
use ecr_sweep_core::policy::StorageClass;
use futures::stream::BoxStream;

use super::{StoreCause, StoreError};

/// Bytes that come some at a time: a blob may be larger than any memory.
pub type ByteStream = BoxStream<'static, Result<Vec<u8>, StoreCause>>;

/// The blobs that a run store keeps. A blob is there whole, with the bytes that its digest says, or
/// it is not there.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// The blob, if it is there and its bytes have the digest: asked anew, or read anew. Where what is
    /// there is still what a copy told of, it is not read again.
    async fn find_blob(
        &self,
        digest: Digest,
        copied: Option<&BlobCopy>,
    ) -> Result<Option<BlobCopy>, StoreError>;

    /// Keeps a blob. Bytes of another digest are not kept. No more than a few MiB of it are in memory at once.
    async fn put_blob(
        &self,
        digest: Digest,
        class: StorageClass,
        bytes: ByteStream,
    ) -> Result<BlobCopy, BlobError>;

    /// The bytes of a blob, if it is there; they are not checked.
    async fn open_blob(&self, digest: Digest) -> Result<Option<ByteStream>, StoreError>;

    /// Removes a blob. It need not be there.
    async fn remove_blob(&self, digest: Digest) -> Result<(), StoreError>;

    /// Removes the document under this key, which begins with `vault/wanted/`: what it says is wanted
    /// nobody wants any more. It need not be there.
    async fn remove_wanted(&self, key: &str) -> Result<(), StoreError>;

    /// Every blob that is there, sorted.
    async fn list_blobs(&self) -> Result<Vec<Digest>, StoreError>;
}

/// A blob as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobCopy {
    /// Its bytes.
    pub bytes: u64,
    /// Which copy it is, where the store can tell that it is still the same one.
    pub mark: Option<Box<str>>,
}

/// Why a blob is not kept.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Its bytes could not be read to their end.
    #[error("its bytes could not be read")]
    Source(#[source] StoreCause),
    /// They are others.
    #[error("its bytes have the digest {actual}")]
    OtherDigest {
        /// What they have.
        actual: Digest,
    },
    /// They could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the keys of all blobs start with.
pub(super) const BLOBS: &str = "vault/blobs/sha256/";

/// What the keys start with of what says that blobs are wanted.
const WANTED: &str = "vault/wanted/";

/// Refuses the key of any other document.
pub(super) fn check_wanted(key: &str) -> Result<(), StoreError> {
    if key.starts_with(WANTED) {
        return Ok(());
    }
    Err(StoreError::Key { key: key.to_owned(), problem: "it does not say what is wanted" })
}

/// The key of a blob.
pub(super) fn key(digest: Digest) -> String {
    format!("{BLOBS}{}", digest.hex())
}

/// The blob of a key.
pub(super) fn digest(key: impl AsRef<str> + Display) -> Option<Digest> {
    Digest::from_hex(key.as_ref().strip_prefix(BLOBS)?)
}

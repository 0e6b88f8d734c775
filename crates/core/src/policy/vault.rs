//! Where copies of what goes are kept, so that it can come back.

use super::words;

/// How the vault keeps the blobs of images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vault {
    /// The storage class in a bucket. A folder has none.
    pub storage_class: StorageClass,
    /// The bucket that the blobs are in, of the run's own account and Region. None: they are in the run store.
    pub bucket: Option<Box<str>>,
    /// What the names of the blobs start with in that bucket.
    pub prefix: Option<Box<str>>,
}

words! {
    /// A storage class of S3 from which an object can be read at once.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html>
    pub enum StorageClass {
        Standard "STANDARD" "For what is read often.",
        StandardIa "STANDARD_IA" "For what is hardly read; at least 30 days are charged.",
        OneZoneIa "ONEZONE_IA" "The same in one zone only.",
        IntelligentTiering "INTELLIGENT_TIERING" "S3 decides by how often it is read.",
        GlacierIr "GLACIER_IR" "For what is read once a quarter; at least 90 days are charged.",
    } or Standard
}

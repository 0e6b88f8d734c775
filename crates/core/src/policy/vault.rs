//! Where copies of what goes are kept, so that it can come back.

use super::words;

/// How the vault keeps the blobs of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Vault {
    /// The storage class in a bucket. A folder has none.
    pub storage_class: StorageClass,
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

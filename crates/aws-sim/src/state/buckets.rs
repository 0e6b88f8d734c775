//! Buckets and their objects.

use std::collections::BTreeMap;

use ecr_sweep_core::{Account, Place, Region};
use jiff::Timestamp;

/// All buckets by name: no two have the same, whoever owns them.
pub(crate) type Buckets = BTreeMap<String, Bucket>;

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) owner: Account,
    pub(crate) region: Region,
    /// By key, in the order of its UTF-8.
    pub(crate) objects: BTreeMap<String, Object>,
}

/// What is under a key.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: String,
    pub(crate) written_at: Timestamp,
    /// What was said of it, and is said again to whoever asks: the names and values of headers.
    pub(crate) headers: Vec<(String, String)>,
}

impl Bucket {
    /// An empty one.
    pub(crate) fn of(place: Place) -> Self {
        Self { owner: place.account, region: place.region, objects: BTreeMap::new() }
    }
}

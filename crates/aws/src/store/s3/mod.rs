//! A run store in an S3 bucket.

mod blobs;
mod bucket;
mod client;
mod failure;

pub use bucket::BucketReader;

use std::hash::{BuildHasher as _, RandomState};

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use ecr_sweep_core::{Account, Region};
use jiff::Timestamp;

use super::room::Room;
use super::{
    BlobStore, Condition, Held, PutIf, PutNew, RunStore, S3Location, StoreError, Stored, Version,
    key,
};
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::time::timestamp;
use crate::{AwsError, Sessions};

/// A bucket, or a part of one, with one object a document. The version of a document is its `ETag`.
///
/// Conditional writes are S3's own, and reads see what was last written:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: Client,
    region: Region,
    location: S3Location,
    owner: Option<Account>,
    room: Room,
}

/// The KiB of documents that are held at once: a plan of 100,000 images is 40 MB, and the smallest of
/// the functions that read all plans of a run has 256 MiB.
const ROOM: u32 = 64 * 1024;

/// The metadata that tells which write an object comes from.
const WRITE: &str = "write";

impl S3Store {
    /// The store in a bucket that the session's Region has. No call is made.
    #[must_use]
    pub fn new(sessions: &Sessions, location: S3Location) -> Self {
        let region = sessions.home().region.clone();
        let room = Room::of_kib(ROOM);
        Self { client: client::client(sessions), region, location, owner: None, room }
    }

    /// The same store, which fails if the bucket is of any other account: whoever finds a name that
    /// became free must not be given documents.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
    #[must_use]
    pub fn owned_by(self, owner: Account) -> Self {
        Self { owner: Some(owner), ..self }
    }

    /// The name of the object under a key.
    fn object(&self, key: &str) -> Result<String, StoreError> {
        key::check(key)?;
        let object = self.location.object(key);
        key::check(&object)?;
        Ok(object)
    }

    fn call(&self, operation: &'static str) -> Call<'_> {
        Call::anywhere("s3", operation, Some(&self.region))
    }

    fn owner(&self) -> Option<String> {
        self.owner.as_ref().map(ToString::to_string)
    }

    fn failed(&self, act: &'static str, key: &str, error: AwsError) -> StoreError {
        failure::failed(act, self.address(key), &self.location, self.owner.as_ref(), error)
    }

    /// Writes an object unless the condition does not hold.
    async fn write(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Option<Version>, StoreError> {
        let object = self.object(key)?;
        let call = self.call("PutObject");
        let write = name_of_a_write();
        let put = self
            .client
            .put_object()
            .bucket(self.location.bucket())
            .key(&object)
            .set_expected_bucket_owner(self.owner())
            .set_content_type(content_type(key).map(str::to_owned))
            .metadata(WRITE, &write)
            .body(bytes.into());
        let put = match &condition {
            Condition::Any => put,
            Condition::Absent => put.if_none_match("*"),
            Condition::Is(version) => put.if_match(version.as_str()),
        };
        let written = match put.send().await {
            Ok(written) => version(&call, written.e_tag).map(Some),
            Err(error) if is_unmet(&condition, &error) => self.version_of(&object, &write).await,
            Err(error) => Err(call.failed(error)),
        };
        written.map_err(|error| self.failed("write", key, error))
    }

    /// The version of the object, if it comes from this write. A write whose answer was lost is
    /// tried again, and then it is its own effect that the condition meets.
    async fn version_of(&self, object: &str, write: &str) -> Result<Option<Version>, AwsError> {
        let call = self.call("HeadObject");
        let head = self
            .client
            .head_object()
            .bucket(self.location.bucket())
            .key(object)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await;
        match head {
            Ok(head) => {
                let is_ours = head.metadata().and_then(|metadata| metadata.get(WRITE));
                if is_ours.is_some_and(|name| name == write) {
                    version(&call, head.e_tag).map(Some)
                } else {
                    Ok(None)
                }
            }
            Err(SdkError::ServiceError(error)) if error.err().is_not_found() => Ok(None),
            Err(error) => Err(call.failed(error)),
        }
    }

    async fn read(&self, object: &str) -> Result<Option<Stored>, AwsError> {
        Ok(self.read_object(object).await?.map(|(stored, _)| stored))
    }

    /// What is in an object, and when it was put there, whatever its name is.
    pub(crate) async fn read_with_time(
        &self,
        object: &str,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, AwsError> {
        let Some((stored, time)) = self.read_object(object).await? else { return Ok(None) };
        let call = self.call("GetObject");
        let time = timestamp(&call, "LastModified", time.as_ref())?;
        Ok(Some((stored.bytes, call.sent("LastModified", time)?)))
    }

    async fn read_object(
        &self,
        object: &str,
    ) -> Result<Option<(Stored, Option<DateTime>)>, AwsError> {
        let Some(mut opened) = self.open(object).await? else { return Ok(None) };
        let time = opened.last_modified.take();
        Ok(Some((self.stored(opened).await?, time)))
    }

    /// The same once there is room for it. S3 does not wait until there is: it is asked again then.
    async fn read_held(&self, object: &str) -> Result<Option<Held>, AwsError> {
        let mut waited_for = None;
        loop {
            let Some(opened) = self.open(object).await? else { return Ok(None) };
            // What is not said may be anything.
            let said = opened.content_length().and_then(|length| u64::try_from(length).ok());
            let bytes = said.unwrap_or(u64::MAX);
            let taken = match waited_for.take() {
                Some(taken) if self.room.is_enough(&taken, bytes) => Some(taken),
                _ => self.room.try_take(bytes),
            };
            if let Some(taken) = taken {
                return Ok(Some(Held::within(taken, self.stored(opened).await?)));
            }
            drop(opened);
            waited_for = self.room.take(bytes).await;
        }
    }

    async fn open(&self, object: &str) -> Result<Option<GetObjectOutput>, AwsError> {
        let read = self
            .client
            .get_object()
            .bucket(self.location.bucket())
            .key(object)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await;
        match read {
            Ok(read) => Ok(Some(read)),
            Err(SdkError::ServiceError(error)) if error.err().is_no_such_key() => Ok(None),
            Err(error) => Err(self.call("GetObject").failed(error)),
        }
    }

    /// What is in an object that is open. Nothing of it is in memory twice.
    async fn stored(&self, mut opened: GetObjectOutput) -> Result<Stored, AwsError> {
        let call = self.call("GetObject");
        let version = version(&call, opened.e_tag)?;
        let mut bytes = Vec::new();
        while let Some(some) = opened.body.next().await {
            bytes.extend_from_slice(&some.map_err(|error| call.broke_off(error))?);
        }
        Ok(Stored { bytes, version })
    }

    /// The names of all objects that start with this.
    pub(crate) async fn objects(&self, start: &str) -> Result<Vec<String>, AwsError> {
        let call = &self.call("ListObjectsV2");
        let read = |page: ListObjectsV2Output| {
            let objects = page.contents.into_iter().flatten();
            objects.map(|object| call.sent("Key", object.key)).collect()
        };
        self.list_pages(call, start, None, read).await
    }

    /// What all objects that start with this have in common up to the next `/`.
    async fn common_prefixes(&self, start: &str) -> Result<Vec<String>, AwsError> {
        let call = &self.call("ListObjectsV2");
        let read = |page: ListObjectsV2Output| {
            let prefixes = page.common_prefixes.into_iter().flatten();
            prefixes.map(|common| call.sent("Prefix", common.prefix)).collect()
        };
        self.list_pages(call, start, Some("/"), read).await
    }

    async fn list_pages(
        &self,
        call: &Call<'_>,
        start: &str,
        delimiter: Option<&str>,
        read: impl Fn(ListObjectsV2Output) -> Result<Vec<String>, AwsError>,
    ) -> Result<Vec<String>, AwsError> {
        let read = &read;
        every_page(call, |token| {
            let list = self
                .client
                .list_objects_v2()
                .bucket(self.location.bucket())
                .prefix(start)
                .set_delimiter(delimiter.map(str::to_owned))
                .set_continuation_token(token)
                .set_expected_bucket_owner(self.owner());
            async move {
                let mut page = list.send().await.map_err(|error| call.failed(error))?;
                check_whole(call, &page)?;
                let next = page.next_continuation_token.take();
                Ok(Page { items: read(page)?, next })
            }
        })
        .await
    }
}

#[async_trait]
impl RunStore for S3Store {
    async fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let object = self.object(key)?;
        self.read(&object).await.map_err(|error| self.failed("read", key, error))
    }

    async fn get_held(&self, key: &str) -> Result<Option<Held>, StoreError> {
        let object = self.object(key)?;
        self.read_held(&object).await.map_err(|error| self.failed("read", key, error))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        let written = self.write(key, bytes, Condition::Any).await?;
        written.ok_or_else(|| {
            let error = self.call("PutObject").unreadable("a condition that was not made failed");
            self.failed("write", key, error)
        })
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
        key::folder_of(prefix)?;
        let objects = self.objects(&self.location.object(prefix)).await;
        let objects = objects.map_err(|error| self.failed("list", prefix, error))?;
        let start = self.location.object("");
        let keys = objects.iter().filter_map(|object| object.strip_prefix(&start));
        // What is not a key's name is not a document: consoles make objects for folders.
        let keys = keys.filter(|key| key::check(key).is_ok());
        let mut keys: Vec<String> = keys.map(str::to_owned).collect();
        keys.sort();
        Ok(keys)
    }

    async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let start = if folder.is_empty() {
            self.location.object("")
        } else {
            format!("{}/", self.object(folder)?)
        };
        let prefixes = self.common_prefixes(&start).await;
        let prefixes = prefixes.map_err(|error| self.failed("list", folder, error))?;
        let names =
            prefixes.iter().filter_map(|prefix| prefix.strip_prefix(&start)?.strip_suffix('/'));
        // What is not a key's name is no folder of documents.
        let names = names.filter(|name| key::check(name).is_ok());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    fn blobs(&self) -> Option<&dyn BlobStore> {
        Some(self)
    }

    fn address(&self, key: &str) -> String {
        format!("s3://{}/{}", self.location.bucket(), self.location.object(key))
    }
}

/// Checks that a page is whole. S3 leaves out the lists that would be empty, and says of how many
/// rows it is.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
fn check_whole(call: &Call<'_>, page: &ListObjectsV2Output) -> Result<(), AwsError> {
    if call.sent("IsTruncated", page.is_truncated())? && page.next_continuation_token().is_none() {
        return Err(call.unreadable("there is more, but no token to ask for it"));
    }
    let said = call.sent("KeyCount", page.key_count())?;
    let rows = page.contents().len() + page.common_prefixes().len();
    if usize::try_from(said) != Ok(rows) {
        return Err(call.unreadable(format!("it has {rows} rows, and says {said}")));
    }
    Ok(())
}

fn version(call: &Call<'_>, etag: Option<String>) -> Result<Version, AwsError> {
    etag.map(Version::new).ok_or_else(|| call.unreadable("the object has no ETag"))
}

/// What browsers and consoles take a document for.
fn content_type(key: &str) -> Option<&'static str> {
    match key.rsplit_once('.')?.1 {
        "json" => Some("application/json"),
        "html" => Some("text/html; charset=utf-8"),
        _ => None,
    }
}

/// Whether a write failed because its condition does not hold. What was to be replaced and is not
/// there at all is `NoSuchKey`.
fn is_unmet(condition: &Condition, error: &SdkError<PutObjectError, HttpResponse>) -> bool {
    match (condition, error.code()) {
        (Condition::Any, _) => false,
        (Condition::Is(_), Some("NoSuchKey")) | (_, Some("PreconditionFailed")) => true,
        _ => false,
    }
}

/// A name that no other write has: the standard library's hash keys are random.
fn name_of_a_write() -> String {
    let random = || RandomState::new().hash_one(std::time::Instant::now());
    format!("{:016x}{:016x}", random(), random())
}

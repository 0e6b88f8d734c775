//! The vault in a bucket: one object a blob.
//!
//! What fits into one part is put at once, and S3 itself holds it against its digest. What does not
//! is uploaded in parts, each held against its own checksum, and is there only once all of it had the
//! digest. S3 has no SHA-256 of such an object as a whole, so it is read again by whoever does not know
//! that it is still the same one.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>

use async_trait::async_trait;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart,
    StorageClass as SdkClass,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ecr_sweep_core::policy::{StorageClass, Word as _};
use ecr_sweep_core::{Digest, Hashing, sha256};
use futures::{StreamExt as _, stream};

use super::S3Store;
use crate::AwsError;
use crate::store::blobs::{self, BLOBS, BlobCopy, BlobError, BlobStore, ByteStream};
use crate::store::{RunStore as _, StoreCause, StoreError};

/// The size of the parts in which a blob is put, in bytes. With at most 10,000 of them a blob has up to
/// 80 GB: ECR's layers have at most 52 GB.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>,
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const PART: usize = 8 << 20;

/// A digest as S3 writes checksums.
fn checksum(digest: Digest) -> String {
    BASE64_STANDARD.encode(digest.as_bytes())
}

/// Parts of a blob on their way, and their digest so far.
struct Parts {
    bytes: ByteStream,
    hashing: Hashing,
    total: u64,
    waiting: Vec<u8>,
}

impl Parts {
    /// The next part. Only the last one is smaller than others, and may be empty.
    async fn next(&mut self) -> Result<Vec<u8>, BlobError> {
        while self.waiting.len() < PART {
            let Some(some) = self.bytes.next().await else { break };
            let some = some.map_err(BlobError::Source)?;
            self.hashing.update(&some);
            self.total += some.len() as u64;
            self.waiting.extend(some);
        }
        let rest = self.waiting.split_off(self.waiting.len().min(PART));
        Ok(std::mem::replace(&mut self.waiting, rest))
    }

    /// Checks all that came against the digest.
    fn check(&self, digest: Digest) -> Result<(), BlobError> {
        let actual = self.hashing.clone().digest();
        if actual == digest { Ok(()) } else { Err(BlobError::OtherDigest { actual }) }
    }
}

impl S3Store {
    async fn put_whole(
        &self,
        digest: Digest,
        class: SdkClass,
        bytes: Vec<u8>,
    ) -> Result<Option<String>, StoreError> {
        let key = blobs::key(digest);
        let put = self
            .client
            .put_object()
            .bucket(self.location.bucket())
            .key(self.object(&key)?)
            .set_expected_bucket_owner(self.owner())
            .storage_class(class)
            .checksum_sha256(checksum(digest))
            .body(bytes.into());
        let put = put.send().await.map_err(|error| self.call("PutObject").failed(error));
        Ok(put.map_err(|error| self.failed("write", &key, error))?.e_tag)
    }

    async fn put_parts(
        &self,
        digest: Digest,
        class: SdkClass,
        first: Vec<u8>,
        parts: &mut Parts,
    ) -> Result<Option<String>, BlobError> {
        let key = blobs::key(digest);
        let object = self.object(&key)?;
        let failed = |error| BlobError::Store(self.failed("write", &key, error));
        let call = self.call("CreateMultipartUpload");
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(self.location.bucket())
            .key(&object)
            .set_expected_bucket_owner(self.owner())
            .storage_class(class)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .send()
            .await
            .map_err(|error| failed(call.failed(error)))?;
        let upload = call.sent("UploadId", begun.upload_id).map_err(failed)?;
        let put = self.put_parts_of(&object, &upload, digest, first, parts).await;
        let error = match put {
            Ok(etag) => return Ok(etag),
            Err(error) => error,
        };
        // What was begun is charged until it ends; the bucket's lifecycle ends what this does not.
        let abort = self
            .client
            .abort_multipart_upload()
            .bucket(self.location.bucket())
            .key(&object)
            .upload_id(&upload)
            .set_expected_bucket_owner(self.owner());
        drop(abort.send().await);
        Err(match error {
            PartError::Blob(error) => error,
            PartError::Aws(error) => failed(error),
        })
    }

    async fn put_parts_of(
        &self,
        object: &str,
        upload: &str,
        digest: Digest,
        first: Vec<u8>,
        parts: &mut Parts,
    ) -> Result<Option<String>, PartError> {
        let (mut part, mut completed) = (first, Vec::new());
        for number in 1.. {
            let sum = checksum(sha256(&part));
            let put = self
                .client
                .upload_part()
                .bucket(self.location.bucket())
                .key(object)
                .upload_id(upload)
                .part_number(number)
                .set_expected_bucket_owner(self.owner())
                .checksum_sha256(&sum)
                .body(part.into());
            let call = self.call("UploadPart");
            let put = put.send().await.map_err(|error| call.failed(error))?;
            completed.push(
                CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(put.e_tag)
                    .checksum_sha256(sum)
                    .build(),
            );
            part = parts.next().await?;
            if part.is_empty() {
                break;
            }
        }
        // Nothing is there under the key before this.
        parts.check(digest)?;
        let all = CompletedMultipartUpload::builder().set_parts(Some(completed)).build();
        let complete = self
            .client
            .complete_multipart_upload()
            .bucket(self.location.bucket())
            .key(object)
            .upload_id(upload)
            .set_expected_bucket_owner(self.owner())
            .multipart_upload(all);
        let call = self.call("CompleteMultipartUpload");
        Ok(complete.send().await.map_err(|error| call.failed(error))?.e_tag)
    }

    async fn head(&self, object: &str) -> Result<Option<HeadObjectOutput>, AwsError> {
        let head = self
            .client
            .head_object()
            .bucket(self.location.bucket())
            .key(object)
            .set_expected_bucket_owner(self.owner())
            .checksum_mode(ChecksumMode::Enabled);
        match head.send().await {
            Ok(head) => Ok(Some(head)),
            Err(SdkError::ServiceError(error)) if error.err().is_not_found() => Ok(None),
            Err(error) => Err(self.call("HeadObject").failed(error)),
        }
    }
}

enum PartError {
    Blob(BlobError),
    Aws(AwsError),
}

impl From<BlobError> for PartError {
    fn from(error: BlobError) -> Self {
        Self::Blob(error)
    }
}

impl From<AwsError> for PartError {
    fn from(error: AwsError) -> Self {
        Self::Aws(error)
    }
}

#[async_trait]
impl BlobStore for S3Store {
    async fn find_blob(
        &self,
        digest: Digest,
        copied: Option<&BlobCopy>,
    ) -> Result<Option<BlobCopy>, StoreError> {
        let key = blobs::key(digest);
        let object = self.object(&key)?;
        let head = self.head(&object).await.map_err(|error| self.failed("read", &key, error))?;
        let Some(head) = head else { return Ok(None) };
        let mark: Option<Box<str>> = head.e_tag().map(Into::into);
        // Without its length it is read, like one without a checksum.
        let length = head.content_length().and_then(|length| u64::try_from(length).ok());
        if let Some(bytes) = length {
            let found = BlobCopy { bytes, mark: mark.clone() };
            let is_checked = head.checksum_sha256() == Some(checksum(digest).as_str());
            if is_checked || (copied == Some(&found) && found.mark.is_some()) {
                return Ok(Some(found));
            }
        }
        let Some(mut stored) = self.open_blob(digest).await? else { return Ok(None) };
        let (mut hashing, mut bytes) = (Hashing::default(), 0);
        while let Some(some) = stored.next().await {
            let some = some.map_err(|source| StoreError::Io {
                act: "read",
                address: self.address(&key),
                next: None,
                source,
            })?;
            hashing.update(&some);
            bytes += some.len() as u64;
        }
        Ok((hashing.digest() == digest).then_some(BlobCopy { bytes, mark }))
    }

    async fn put_blob(
        &self,
        digest: Digest,
        class: StorageClass,
        bytes: ByteStream,
    ) -> Result<BlobCopy, BlobError> {
        let class = SdkClass::from(class.as_word());
        let mut parts = Parts { bytes, hashing: Hashing::default(), total: 0, waiting: Vec::new() };
        let first = parts.next().await?;
        let etag = if first.len() < PART {
            parts.check(digest)?;
            self.put_whole(digest, class, first).await?
        } else {
            self.put_parts(digest, class, first, &mut parts).await?
        };
        Ok(BlobCopy { bytes: parts.total, mark: etag.map(Into::into) })
    }

    async fn open_blob(&self, digest: Digest) -> Result<Option<ByteStream>, StoreError> {
        let key = blobs::key(digest);
        let object = self.object(&key)?;
        let opened = self.open(&object).await;
        let opened = opened.map_err(|error| self.failed("read", &key, error))?;
        let region = self.region.clone();
        Ok(opened.map(|opened| {
            let bytes = stream::try_unfold(opened.body, move |mut body| {
                let region = region.clone();
                async move {
                    let call = crate::call::Call::anywhere("s3", "GetObject", Some(&region));
                    let some = body.next().await.transpose();
                    let some = some.map_err(|error| StoreCause::from(call.broke_off(error)))?;
                    Ok(some.map(|some| (some.to_vec(), body)))
                }
            });
            bytes.boxed()
        }))
    }

    async fn remove_blob(&self, digest: Digest) -> Result<(), StoreError> {
        self.remove(&blobs::key(digest)).await
    }

    async fn remove_wanted(&self, key: &str) -> Result<(), StoreError> {
        blobs::check_wanted(key)?;
        self.remove(key).await
    }

    async fn list_blobs(&self) -> Result<Vec<Digest>, StoreError> {
        Ok(self.list(BLOBS).await?.iter().filter_map(blobs::digest).collect())
    }
}

impl S3Store {
    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        let remove = self
            .client
            .delete_object()
            .bucket(self.location.bucket())
            .key(self.object(key)?)
            .set_expected_bucket_owner(self.owner());
        let removed = remove.send().await.map_err(|error| self.call("DeleteObject").failed(error));
        removed.map(drop).map_err(|error| self.failed("remove", key, error))
    }
}

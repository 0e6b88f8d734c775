//! Amazon S3, as far as documents by key need it: objects written whole, on conditions, and listed.
//! Buckets are addressed in the path.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/Type_API_Reference.html>

mod listing;
mod multipart;
mod reads;
mod settings;
mod writes;

pub(crate) use multipart::MultipartUploads;

use crate::state::{Bucket, Buckets};
use crate::wire::{ApiError, Call, Outcome};

/// Every operation that is known; the others of the service are `NotImplemented`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "AbortMultipartUpload" => multipart::abort(call),
        "CompleteMultipartUpload" => multipart::complete(call),
        "CreateMultipartUpload" => multipart::create(call),
        "DeleteObject" => writes::delete_object(call),
        "GetObject" | "HeadObject" => reads::get_object(call),
        "GetBucketEncryption" => settings::get_bucket_encryption(call),
        "GetBucketVersioning" => settings::get_bucket_versioning(call),
        "GetPublicAccessBlock" => settings::get_public_access_block(call),
        "ListObjectsV2" => listing::list_objects(call),
        "PutObject" => writes::put_object(call),
        "UploadPart" => multipart::upload_part(call),
        _ => Err(not_implemented()),
    }
}

/// The bucket and the key in a path.
fn bucket_and_key<'a>(call: &'a Call<'_>) -> (&'a str, &'a str) {
    match call.operation.labels.as_slice() {
        [bucket, key] => (bucket, key),
        _ => ("", ""),
    }
}

/// Checks that the bucket can be asked for what is asked of it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
fn check(call: &Call<'_>, buckets: &Buckets) -> Result<(), ApiError> {
    let (bucket, _) = bucket_and_key(call);
    let Some(Bucket { owner, region, .. }) = buckets.get(bucket) else {
        return Err(no_such_bucket());
    };
    let asked = &call.caller.place.region;
    if asked != region {
        return Err(ApiError::new(
            "AuthorizationHeaderMalformed",
            format!(
                "The authorization header is malformed; the region '{asked}' is wrong; expecting '{region}'"
            ),
        ));
    }
    // A bucket has no policy that would admit anybody else.
    let is_owners = call.caller.place.account == *owner;
    let expected = call.header("x-amz-expected-bucket-owner");
    if !is_owners || expected.is_some_and(|expected| expected != owner.as_str()) {
        return Err(ApiError::new("AccessDenied", "Access Denied").with_status(403));
    }
    Ok(())
}

fn no_such_bucket() -> ApiError {
    ApiError::new("NoSuchBucket", "The specified bucket does not exist").with_status(404)
}

fn no_such_key() -> ApiError {
    ApiError::new("NoSuchKey", "The specified key does not exist.").with_status(404)
}

/// What S3 has and this has not is refused, and never taken for what it is not.
fn not_implemented() -> ApiError {
    ApiError::new(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented.",
    )
    .with_status(501)
}

/// Refuses a request that has any of these headers.
fn refuse_headers(call: &Call<'_>, names: &[&str]) -> Result<(), ApiError> {
    if names.iter().any(|name| call.headers.contains_key(*name)) {
        return Err(not_implemented());
    }
    Ok(())
}

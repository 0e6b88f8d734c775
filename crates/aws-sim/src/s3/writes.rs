//! Objects are written whole, if the conditions hold.

use ecr_sweep_core::sha256;
use hyper::HeaderMap;

use super::{bucket_and_key, check, no_such_bucket, no_such_key, not_implemented, refuse_headers};
use crate::state::Object;
use crate::wire::{Answer, ApiError, Call, Outcome};

/// A key is no longer than this, in bytes of UTF-8.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const LONGEST_KEY: usize = 1024;

/// Of those that write a new object at once one succeeds: whichever is done first.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub(super) fn put_object(call: &Call<'_>) -> Outcome {
    refuse_headers(call, &["x-amz-copy-source"])?;
    if call.header("x-amz-content-sha256").is_some_and(|sum| sum.starts_with("STREAMING-")) {
        return Err(not_implemented());
    }
    let (bucket, key) = bucket_and_key(call);
    if key.len() > LONGEST_KEY {
        return Err(ApiError::new("KeyTooLongError", "Your key is too long"));
    }
    let etag = etag(call.body);
    let headers = said(call.headers);
    let mut buckets = call.state.buckets_mut();
    check(call, &buckets)?;
    let objects = &mut buckets.get_mut(bucket).ok_or_else(no_such_bucket)?.objects;
    check_conditions(call, objects.get(key))?;
    let mut answered = headers.clone();
    answered.retain(|(name, _)| name.starts_with("x-amz-checksum-"));
    answered.push(("etag".to_owned(), etag.clone()));
    let object = Object { bytes: call.body.to_vec(), etag, written_at: call.now, headers };
    objects.insert(key.to_owned(), object);
    Ok(Answer::bytes(answered, Vec::new()))
}

/// What is not there is gone already.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
pub(super) fn delete_object(call: &Call<'_>) -> Outcome {
    let (bucket, key) = bucket_and_key(call);
    let mut buckets = call.state.buckets_mut();
    check(call, &buckets)?;
    buckets.get_mut(bucket).ok_or_else(no_such_bucket)?.objects.remove(key);
    Ok(Answer::bytes(Vec::new(), Vec::new()).with_status(204))
}

fn check_conditions(call: &Call<'_>, present: Option<&Object>) -> Result<(), ApiError> {
    let unmet = || {
        ApiError::new(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
        )
        .with_status(412)
    };
    match call.header("if-none-match") {
        None => {}
        Some("*") if present.is_none() => {}
        Some("*") => return Err(unmet()),
        Some(_) => return Err(not_implemented()),
    }
    let Some(expected) = call.header("if-match") else { return Ok(()) };
    let present = present.ok_or_else(no_such_key)?;
    if expected.trim_matches('"') == present.etag.trim_matches('"') { Ok(()) } else { Err(unmet()) }
}

/// The same for the same bytes, and for no others. S3 does not say how it comes about.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
fn etag(bytes: &[u8]) -> String {
    let hash = sha256(bytes).hex();
    format!("\"{}\"", &hash[..32])
}

/// What is kept of what the writer says: the content's type, metadata, and the checksum, which is
/// not verified.
pub(super) fn said(headers: &HeaderMap) -> Vec<(String, String)> {
    let is_kept = |name: &str| {
        name == "content-type"
            || name == "x-amz-storage-class"
            || name.starts_with("x-amz-meta-")
            || name.starts_with("x-amz-checksum-")
    };
    let kept = headers.iter().filter(|(name, _)| is_kept(name.as_str()));
    kept.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}

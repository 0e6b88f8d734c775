//! Objects are read whole.

use super::{bucket_and_key, check, no_such_key, refuse_headers};
use crate::state::Object;
use crate::wire::{Answer, Call, Outcome};

/// Headers by which a part is asked for, or only a change.
const OTHER_WAYS: [&str; 5] =
    ["range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/// What an object is, with its bytes; `HeadObject` is the same, and they are not sent.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
pub(super) fn get_object(call: &Call<'_>) -> Outcome {
    refuse_headers(call, &OTHER_WAYS)?;
    let buckets = call.state.buckets();
    check(call, &buckets)?;
    let (bucket, key) = bucket_and_key(call);
    let object = buckets.get(bucket).and_then(|bucket| bucket.objects.get(key));
    let Object { bytes, etag, written_at, headers } = object.ok_or_else(no_such_key)?;
    let asks_for_checksum = call.header("x-amz-checksum-mode") == Some("ENABLED");
    let mut said = headers.clone();
    said.retain(|(name, _)| asks_for_checksum || !name.starts_with("x-amz-checksum-"));
    said.push(("etag".to_owned(), etag.clone()));
    let written_at = written_at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    said.push(("last-modified".to_owned(), written_at));
    Ok(Answer::bytes(said, bytes.clone()))
}

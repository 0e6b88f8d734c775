//! Objects that are uploaded in parts.

use std::collections::{BTreeMap, HashMap};

use ecr_sweep_core::sha256;

use super::{bucket_and_key, check, no_such_bucket};
use crate::state::Object;
use crate::wire::{Answer, ApiError, Call, Outcome};

/// The smallest part that is not the last one, in bytes.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const SMALLEST_PART: usize = 5 * 1024 * 1024;

/// The uploads that go on, by id.
pub(crate) type MultipartUploads = HashMap<String, MultipartUpload>;

/// An upload to a key of a bucket: its parts by their numbers, and what is said of the object.
#[derive(Debug)]
pub(crate) struct MultipartUpload {
    to: (String, String),
    parts: BTreeMap<u32, Vec<u8>>,
    headers: Vec<(String, String)>,
}

fn to(call: &Call<'_>) -> (String, String) {
    let (bucket, key) = bucket_and_key(call);
    (bucket.to_owned(), key.to_owned())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>
pub(super) fn create(call: &Call<'_>) -> Outcome {
    check(call, &call.state.buckets())?;
    let id = format!("upload-{}", call.state.next_serial());
    let to = to(call);
    let headers = super::writes::said(call.headers);
    let (bucket, key) = to.clone();
    let upload = MultipartUpload { to, parts: BTreeMap::new(), headers };
    call.state.multipart_uploads().insert(id.clone(), upload);
    Ok(Answer::xml(format!(
        "<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>\
         <UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
    )))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>
pub(super) fn upload_part(call: &Call<'_>) -> Outcome {
    check(call, &call.state.buckets())?;
    let number = call.parameter("partNumber").and_then(|it| it.parse().ok());
    let number: u32 =
        number.filter(|it| (1..=10_000).contains(it)).ok_or_else(|| invalid("partNumber"))?;
    with_upload(call, |upload| {
        upload.parts.insert(number, call.body.to_vec());
    })?;
    Ok(Answer::bytes(vec![("etag".to_owned(), etag(call.body))], Vec::new()))
}

/// The bytes of an object, and what is said of it.
type Taken = (Vec<u8>, Vec<(String, String)>);

/// A part, as a request names it.
struct Part {
    number: u32,
    etag: String,
}

/// The object is there once it is whole.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
pub(super) fn complete(call: &Call<'_>) -> Outcome {
    check(call, &call.state.buckets())?;
    let asked = parts_of(call.body)?;
    let taken = with_upload(call, |upload| upload.take(&asked))??;
    let id = call.parameter("uploadId").unwrap_or_default();
    call.state.multipart_uploads().remove(&id);
    let (bucket, key) = to(call);
    let etag = format!("\"{}-{}\"", &sha256(&taken.0).hex()[..32], asked.len());
    let object =
        Object { bytes: taken.0, etag: etag.clone(), written_at: call.now, headers: taken.1 };
    let mut buckets = call.state.buckets_mut();
    let objects = &mut buckets.get_mut(&bucket).ok_or_else(no_such_bucket)?.objects;
    objects.insert(key.clone(), object);
    Ok(Answer::xml(format!(
        "<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>\
         <ETag>{}</ETag></CompleteMultipartUploadResult>",
        etag.replace('"', "&quot;")
    )))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
pub(super) fn abort(call: &Call<'_>) -> Outcome {
    with_upload(call, |_| ())?;
    let id = call.parameter("uploadId").unwrap_or_default();
    call.state.multipart_uploads().remove(&id);
    Ok(Answer::bytes(Vec::new(), Vec::new()).with_status(204))
}

impl MultipartUpload {
    /// The bytes of these parts together, and what is said of the object.
    fn take(&mut self, asked: &[Part]) -> Result<Taken, ApiError> {
        let is_sorted = asked.is_sorted_by(|one, next| one.number < next.number);
        let mut bytes = Vec::new();
        for (at, Part { number, etag: expected }) in asked.iter().enumerate() {
            let part = self.parts.get(number).filter(|part| etag(part) == *expected);
            let part = part.filter(|_| is_sorted).ok_or_else(|| {
                ApiError::new(
                    "InvalidPart",
                    "One or more of the specified parts could not be found",
                )
            })?;
            if at + 1 < asked.len() && part.len() < SMALLEST_PART {
                let message = "Your proposed upload is smaller than the minimum allowed size";
                return Err(ApiError::new("EntityTooSmall", message));
            }
            bytes.extend_from_slice(part);
        }
        Ok((bytes, std::mem::take(&mut self.headers)))
    }
}

fn with_upload<T>(
    call: &Call<'_>,
    act: impl FnOnce(&mut MultipartUpload) -> T,
) -> Result<T, ApiError> {
    let id = call.parameter("uploadId").unwrap_or_default();
    let mut uploads = call.state.multipart_uploads();
    let upload = uploads.get_mut(&id).filter(|upload| upload.to == to(call)).ok_or_else(|| {
        ApiError::new("NoSuchUpload", "The specified multipart upload does not exist.")
            .with_status(404)
    })?;
    Ok(act(upload))
}

/// The parts that a request names: of each its number and its `ETag`.
fn parts_of(body: &[u8]) -> Result<Vec<Part>, ApiError> {
    let text = String::from_utf8_lossy(body);
    let member = |part: &str, name: &str| {
        let (_, rest) = part.split_once(&format!("<{name}>"))?;
        Some(rest.split_once('<')?.0.replace("&quot;", "\"").replace("&#34;", "\""))
    };
    let parts = text.split("<Part>").skip(1).map(|part| {
        let number = member(part, "PartNumber").and_then(|it| it.parse().ok());
        Some(Part { number: number?, etag: member(part, "ETag")? })
    });
    parts
        .collect::<Option<Vec<_>>>()
        .filter(|it| !it.is_empty())
        .ok_or_else(|| ApiError::new("MalformedXML", "The XML you provided was not well-formed"))
}

fn invalid(parameter: &str) -> ApiError {
    ApiError::new("InvalidArgument", format!("{parameter} is not valid"))
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", &sha256(bytes).hex()[..32])
}

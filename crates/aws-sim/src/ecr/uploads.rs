//! Layers that are uploaded, part by part.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ecr_sweep_core::{Place, sha256};
use serde::Deserialize;
use serde_json::json;

use super::repositories::{find_repository, find_repository_mut};
use super::request::RepositoryRequest;
use crate::state::Presence;
use crate::wire::{Answer, ApiError, Call, Outcome, required};

/// The largest part, which `InitiateLayerUpload` asks for, in bytes.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const LARGEST_PART: usize = 10 * 1024 * 1024;

/// The smallest part that is not the last one, in bytes.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const SMALLEST_PART: usize = 5 * 1024 * 1024;

/// The uploads that go on, by id.
pub(crate) type Uploads = HashMap<String, Upload>;

/// An upload to a repository: the bytes so far.
#[derive(Debug)]
pub(crate) struct Upload {
    to: (Place, String),
    bytes: Vec<u8>,
    /// Whether the last part so far has to be the last one.
    ends_small: bool,
    /// Whether a part before the last one is too small.
    has_small: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    upload_id: Option<String>,
    part_first_byte: Option<usize>,
    part_last_byte: Option<usize>,
    layer_part_blob: Option<String>,
    layer_digests: Option<Vec<String>>,
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_InitiateLayerUpload.html>
pub(super) fn initiate_layer_upload(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    find_repository(&call.state.registries(), &place, &name)?;
    let id = format!("00000000-0000-4000-9000-{:012x}", call.state.next_serial());
    let to = (place, name);
    let upload = Upload { to, bytes: Vec::new(), ends_small: false, has_small: false };
    call.state.uploads().insert(id.clone(), upload);
    Answer::json(&json!({ "uploadId": id, "partSize": LARGEST_PART }))
}

/// Parts come in order.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html>
pub(super) fn upload_layer_part(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let to = input.of.read(call)?;
    let id = required(input.upload_id, "uploadId")?;
    let first = required(input.part_first_byte, "partFirstByte")?;
    let last = required(input.part_last_byte, "partLastByte")?;
    let part = BASE64_STANDARD
        .decode(required(input.layer_part_blob, "layerPartBlob")?)
        .map_err(|error| ApiError::new("SerializationException", error.to_string()))?;
    let mut uploads = call.state.uploads();
    let upload =
        uploads.get_mut(&id).filter(|upload| upload.to == to).ok_or_else(|| no_upload(&id))?;
    let is_next =
        first == upload.bytes.len() && last.checked_add(1) == first.checked_add(part.len());
    if !is_next || part.is_empty() || part.len() > LARGEST_PART {
        return Err(ApiError::new(
            "InvalidLayerPartException",
            "The layer part size is not valid, or the first byte specified is not consecutive to \
             the last byte of a previous layer part upload.",
        )
        .with_member("lastValidByteReceived", upload.bytes.len().saturating_sub(1)));
    }
    upload.has_small |= upload.ends_small;
    upload.ends_small = part.len() < SMALLEST_PART;
    upload.bytes.extend(part);
    Answer::json(&json!({
        "registryId": to.0.account,
        "repositoryName": to.1,
        "uploadId": id,
        "lastByteReceived": last,
    }))
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html>
pub(super) fn complete_layer_upload(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let to = input.of.read(call)?;
    let id = required(input.upload_id, "uploadId")?;
    let expected = required(input.layer_digests, "layerDigests")?;
    let mut uploads = call.state.uploads();
    if uploads.get(&id).is_none_or(|upload| upload.to != to) {
        return Err(no_upload(&id));
    }
    let Some(upload) = uploads.remove(&id) else { return Err(no_upload(&id)) };
    drop(uploads);
    let (place, name) = to;
    if upload.bytes.is_empty() {
        return Err(ApiError::new(
            "EmptyUploadException",
            "The specified layer upload does not contain any layer parts.",
        ));
    }
    if upload.has_small {
        return Err(ApiError::new(
            "LayerPartTooSmallException",
            "Layer parts must be at least 5 MiB in size.",
        ));
    }
    let digest = sha256(&upload.bytes);
    if !expected.contains(&digest.to_string()) {
        return Err(ApiError::new(
            "InvalidLayerException",
            format!("The layer digest calculated, '{digest}', is none of those provided."),
        ));
    }
    let mut registries = call.state.registries_mut();
    let layers = find_repository_mut(&mut registries, &place, &name)?.layers();
    match layers.presence(digest, call.now, call.layers_outlive_images) {
        Presence::InImage | Presence::Loose => {
            return Err(ApiError::new(
                "LayerAlreadyExistsException",
                format!(
                    "Layer with digest '{digest}' already exists in the repository with name \
                     '{name}' in registry with id '{}'",
                    place.account
                ),
            ));
        }
        Presence::Gone | Presence::Unknown => layers.upload(digest, upload.bytes.into()),
    }
    Answer::json(&json!({
        "registryId": place.account,
        "repositoryName": name,
        "uploadId": id,
        "layerDigest": digest,
    }))
}

fn no_upload(id: &str) -> ApiError {
    ApiError::new("UploadNotFoundException", format!("The upload with id '{id}' does not exist"))
}

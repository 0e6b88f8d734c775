//! Layers: enough of uploading that a client can push. Only digests and sizes are kept.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ecr_sweep_core::Digest;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::repositories::{find_repository, find_repository_mut};
use super::request::RepositoryRequest;
use crate::wire::{Answer, ApiError, Call, Outcome, required};

/// The size of the parts that `InitiateLayerUpload` asks for, in bytes.
const PART_SIZE: u64 = 10 * 1024 * 1024;

/// The uploads that go on, by id.
pub(crate) type Uploads = HashMap<String, Upload>;

/// An upload: the hash and the number of the bytes so far.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    hash: Sha256,
    bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    upload_id: Option<String>,
    part_first_byte: Option<u64>,
    part_last_byte: Option<u64>,
    layer_part_blob: Option<String>,
    layer_digests: Option<Vec<String>>,
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html>
pub(super) fn batch_check_layer_availability(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let digests = required(input.layer_digests, "layerDigests")?;
    let registries = call.state.registries();
    let repository = find_repository(&registries, &place, &name)?;
    let layers: Vec<Value> = digests
        .iter()
        .map(|digest| match repository.layers.get(digest) {
            Some(size) => json!({
                "layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": size,
            }),
            None => json!({ "layerDigest": digest, "layerAvailability": "UNAVAILABLE" }),
        })
        .collect();
    Answer::json(&json!({ "layers": layers, "failures": [] }))
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_InitiateLayerUpload.html>
pub(super) fn initiate_layer_upload(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    find_repository(&call.state.registries(), &place, &name)?;
    let id = format!("00000000-0000-4000-9000-{:012x}", call.state.next_serial());
    call.state.uploads().insert(id.clone(), Upload::default());
    Answer::json(&json!({ "uploadId": id, "partSize": PART_SIZE }))
}

/// Parts come in order.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html>
pub(super) fn upload_layer_part(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let id = required(input.upload_id, "uploadId")?;
    let first = required(input.part_first_byte, "partFirstByte")?;
    let last = required(input.part_last_byte, "partLastByte")?;
    let blob = BASE64_STANDARD
        .decode(required(input.layer_part_blob, "layerPartBlob")?)
        .map_err(|error| ApiError::new("SerializationException", error.to_string()))?;
    let mut uploads = call.state.uploads();
    let upload = uploads.get_mut(&id).ok_or_else(|| no_upload(&id))?;
    let length = u64::try_from(blob.len()).unwrap_or(u64::MAX);
    if first != upload.bytes || last.checked_add(1) != first.checked_add(length) {
        return Err(ApiError::new(
            "InvalidLayerPartException",
            "The layer part size is not valid, or the first byte specified is not consecutive to \
             the last byte of a previous layer part upload.",
        )
        .with_member("lastValidByteReceived", upload.bytes.saturating_sub(1)));
    }
    upload.hash.update(&blob);
    upload.bytes += length;
    Answer::json(&json!({
        "registryId": place.account,
        "repositoryName": name,
        "uploadId": id,
        "lastByteReceived": last,
    }))
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html>
pub(super) fn complete_layer_upload(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let id = required(input.upload_id, "uploadId")?;
    let expected = required(input.layer_digests, "layerDigests")?;
    let upload = call.state.uploads().remove(&id).ok_or_else(|| no_upload(&id))?;
    if upload.bytes == 0 {
        return Err(ApiError::new(
            "EmptyUploadException",
            "The specified layer upload does not contain any layer parts.",
        ));
    }
    let digest = Digest::from_bytes(upload.hash.finalize().into()).to_string();
    if !expected.contains(&digest) {
        return Err(ApiError::new(
            "InvalidLayerException",
            format!("The layer digest calculated, '{digest}', is none of those provided."),
        ));
    }
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    if repository.layers.insert(digest.clone(), upload.bytes).is_some() {
        return Err(ApiError::new(
            "LayerAlreadyExistsException",
            format!(
                "Layer with digest '{digest}' already exists in the repository with name '{name}' \
                 in registry with id '{}'",
                place.account
            ),
        ));
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

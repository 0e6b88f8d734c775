//! Layers: whether they are there, and what is in them.

use ecr_sweep_core::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::repositories::find_repository_mut;
use super::request::RepositoryRequest;
use crate::state::Presence;
use crate::wire::{Answer, ApiError, Call, Outcome, required};

/// The most digests of one request.
const DIGESTS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    layer_digest: Option<String>,
    layer_digests: Option<Vec<String>>,
}

/// A layer that no image has any more is there as long as it is not cleaned up.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html>
pub(super) fn batch_check_layer_availability(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let digests = required(input.layer_digests, "layerDigests")?;
    if digests.is_empty() || digests.len() > DIGESTS {
        let constraint = "Member must have length between 1 and 100";
        return Err(ApiError::invalid_parameter("layerDigests", constraint));
    }
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    let (mut layers, mut failures) = (Vec::<Value>::new(), Vec::<Value>::new());
    for text in digests {
        let Ok(digest) = text.parse::<Digest>() else {
            failures.push(json!({
                "layerDigest": text,
                "failureCode": "InvalidLayerDigest",
                "failureReason": "The layer digest is not valid",
            }));
            continue;
        };
        let known = repository.layers();
        layers.push(match known.presence(digest, call.now, call.layers_outlive_images) {
            Presence::InImage | Presence::Loose => json!({
                "layerDigest": text,
                "layerAvailability": "AVAILABLE",
                "layerSize": known.size(digest),
            }),
            Presence::Gone | Presence::Unknown => {
                json!({ "layerDigest": text, "layerAvailability": "UNAVAILABLE" })
            }
        });
    }
    Answer::json(&json!({ "layers": layers, "failures": failures }))
}

/// The URL is one of the simulator's own, at the address that the caller knows it by.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html>
pub(super) fn get_download_url_for_layer(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let text = required(input.layer_digest, "layerDigest")?;
    let digest: Digest = text.parse().map_err(|_| {
        ApiError::invalid_parameter(
            "layerDigest",
            "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
        )
    })?;
    let mut registries = call.state.registries_mut();
    let layers = find_repository_mut(&mut registries, &place, &name)?.layers();
    match layers.presence(digest, call.now, call.layers_outlive_images) {
        Presence::InImage if layers.content(digest).is_some() => {}
        Presence::InImage | Presence::Loose => {
            return Err(ApiError::new(
                "LayerInaccessibleException",
                format!(
                    "The layer with digest '{digest}' is not available because it is not \
                     associated with an image."
                ),
            ));
        }
        Presence::Gone | Presence::Unknown => return Err(no_layer(digest, &name)),
    }
    let host = call.header("host").unwrap_or_default();
    let scope = format!("{}%2F20261120%2F{}%2Fecr%2Faws4_request", place.account, place.region);
    Answer::json(&json!({
        "downloadUrl": format!("http://{host}/_layers/{digest}/{name}?X-Amz-Credential={scope}"),
        "layerDigest": digest,
    }))
}

/// What is under the URL of a layer. It is no operation of ECR, and counted as one.
pub(super) fn get_layer(call: &Call<'_>) -> Outcome {
    let [digest, name] = call.operation.labels.as_slice() else {
        return Err(ApiError::unknown_operation());
    };
    let digest: Digest = digest.parse().map_err(|_| ApiError::unknown_operation())?;
    let mut registries = call.state.registries_mut();
    let layers = find_repository_mut(&mut registries, &call.caller.place, name)?.layers();
    let content = layers.content(digest).ok_or_else(|| no_layer(digest, name).with_status(404))?;
    let headers = vec![("content-type".to_owned(), "application/octet-stream".to_owned())];
    Ok(Answer::bytes(headers, content.to_vec()))
}

fn no_layer(digest: Digest, name: &str) -> ApiError {
    ApiError::new(
        "LayersNotFoundException",
        format!("The layer with digest '{digest}' is not in the repository with name '{name}'"),
    )
}

//! `PutImage`.

use std::collections::BTreeSet;

use ecr_sweep_core::{Digest, Image, ImageStatus, MediaType, Pattern, Place, is_tag};
use serde::Deserialize;
use serde_json::{Value, json};

use super::image_id::ImageId;
use super::manifests::AnsweredImage;
use super::repositories::find_repository_mut;
use super::request::RepositoryRequest;
use crate::manifest::{PutDescriptor, PutManifest, blobs_of, digest_of};
use crate::state::{Presence, Repository, StoredImage};
use crate::wire::{Answer, ApiError, Call, Outcome, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    image_manifest: Option<String>,
    image_manifest_media_type: Option<String>,
    image_tag: Option<String>,
    image_digest: Option<String>,
}

/// Stores a manifest under the digest of its bytes. A tag that another image has moves, and leaves
/// that image untagged if it was its only one. A manifest that is there already gets the tag;
/// archived, it is restored at once.
///
/// An index's children must be there. Layers must not be gone; those that nobody ever put here are
/// taken as if they had been pushed with the image, and cannot be pulled.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html>
pub(super) fn put_image(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let text = required(input.image_manifest, "imageManifest")?;
    let tag = input.image_tag.as_deref();
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Err(ApiError::invalid_parameter(
            "imageTag",
            "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}'",
        ));
    }
    let mut facts = read(&text, input.image_manifest_media_type.as_deref())?;
    let digest = facts.digest;
    if input.image_digest.as_deref().is_some_and(|expected| expected != digest.to_string()) {
        return Err(ApiError::new(
            "ImageDigestDoesNotMatchException",
            format!(
                "The provided image digest does not match the digest '{digest}' of the image \
                 manifest"
            ),
        ));
    }
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    check_children(&facts, repository, &place, &name)?;
    check_layers(call, &facts, &text, repository, &place, &name)?;
    let there = repository.image(digest).map(|image| image.facts.status);
    let has_tag = tag.is_none_or(|tag| repository.tagged(tag) == Some(digest));
    if there == Some(ImageStatus::Active) && has_tag {
        return Err(already_exists(&place, &name, digest, tag));
    }
    if let Some(tag) = tag
        && repository.tagged(tag).is_some_and(|tagged| tagged != digest)
        && is_immutable(repository, tag)
    {
        return Err(ApiError::new(
            "ImageTagAlreadyExistsException",
            format!(
                "The image tag '{tag}' already exists in the '{name}' repository and cannot be \
                 overwritten because the tag is immutable."
            ),
        ));
    }
    match repository.image_mut(digest) {
        None => {
            facts.pushed_at = Some(call.now);
            if facts.is_index() {
                facts.size_bytes = largest_child(&facts, repository);
            }
            repository.insert(StoredImage { facts, manifest: Some(text.as_str().into()) });
        }
        Some(image) if image.facts.status != ImageStatus::Active => {
            image.facts.status = ImageStatus::Active;
            image.facts.restored_at = Some(call.now);
        }
        Some(_) => {}
    }
    if let Some(tag) = tag {
        repository.tag(digest, tag.into());
    }
    let media_type = repository
        .image(digest)
        .map(|image| image.facts.media_type.as_str().to_owned())
        .unwrap_or_default();
    Answer::json(&json!({ "image": AnsweredImage {
        registry_id: place.account.to_string(),
        repository_name: name,
        image_id: ImageId::of(digest, tag),
        image_manifest: text,
        image_manifest_media_type: media_type,
    } }))
}

/// What a manifest says of its image.
fn read(text: &str, given: Option<&str>) -> Result<Image, ApiError> {
    let manifest: PutManifest = serde_json::from_str(text).map_err(|error| {
        ApiError::invalid_parameter("imageManifest", &format!("Invalid manifest: {error}"))
    })?;
    let media_type = match (manifest.media_type.as_deref(), given) {
        (Some(own), Some(given)) if own != given => {
            return Err(ApiError::new(
                "InvalidParameterException",
                format!(
                    "Manifest media type '{own}' does not match the provided media type '{given}'"
                ),
            ));
        }
        (Some(media_type), _) | (None, Some(media_type)) => media_type,
        (None, None) => {
            return Err(ApiError::invalid_parameter(
                "imageManifestMediaType",
                "must be given for a manifest without a mediaType",
            ));
        }
    };
    let mut facts = Image::new(digest_of(text));
    facts.media_type = MediaType::from(media_type);
    facts.artifact_type = manifest
        .artifact_type
        .or_else(|| manifest.config.as_ref().and_then(|config| config.media_type.clone()))
        .map(Into::into);
    facts.children = manifest.manifests.map(|children| digests(&children));
    facts.subject = manifest.subject.map(|subject| subject.digest);
    facts.size_bytes = manifest.layers.map(|layers| layers.iter().map(|layer| layer.size).sum());
    Ok(facts)
}

/// In order, each once.
fn digests(children: &[PutDescriptor]) -> Vec<Digest> {
    let mut seen = BTreeSet::new();
    children.iter().map(|child| child.digest).filter(|digest| seen.insert(*digest)).collect()
}

fn check_children(
    facts: &Image,
    repository: &Repository,
    place: &Place,
    name: &str,
) -> Result<(), ApiError> {
    let missing: Vec<String> = facts
        .known_children()
        .iter()
        .filter(|child| repository.image(**child).is_none())
        .map(ToString::to_string)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ApiError::new(
        "ReferencedImagesNotFoundException",
        format!(
            "Images with digests '[{}]' required for pushing image into repository with name \
             '{name}' in the registry with id '{}' do not exist",
            missing.join(", "),
            place.account
        ),
    ))
}

fn check_layers(
    call: &Call<'_>,
    facts: &Image,
    manifest: &str,
    repository: &mut Repository,
    place: &Place,
    name: &str,
) -> Result<(), ApiError> {
    let layers = repository.layers();
    let gone: Vec<String> = blobs_of(facts, Some(manifest))
        .into_keys()
        .filter(|digest| {
            layers.presence(*digest, call.now, call.layers_outlive_images) == Presence::Gone
        })
        .map(|digest| digest.to_string())
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    Err(ApiError::new(
        "LayersNotFoundException",
        format!(
            "Layers with digests '[{}]' required for pushing image into repository with name \
             '{name}' in the registry with id '{}' do not exist",
            gone.join(", "),
            place.account
        ),
    ))
}

/// The size of an index is that of its largest child.
fn largest_child(index: &Image, repository: &Repository) -> Option<u64> {
    index
        .known_children()
        .iter()
        .filter_map(|child| repository.image(*child)?.facts.size_bytes)
        .max()
}

fn already_exists(place: &Place, name: &str, digest: Digest, tag: Option<&str>) -> ApiError {
    let tag = tag.map(|tag| format!(" and tag '{tag}'")).unwrap_or_default();
    ApiError::new(
        "ImageAlreadyExistsException",
        format!(
            "Image with digest '{digest}'{tag} already exists in the repository with name \
             '{name}' in registry with id '{}'",
            place.account
        ),
    )
}

/// Whether the repository's settings keep a tag from moving; the exclusions turn them around.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html>
fn is_immutable(repository: &Repository, tag: &str) -> bool {
    let excluded = || {
        repository.mutability_exclusions.iter().any(|filter| {
            filter
                .get("filter")
                .and_then(Value::as_str)
                .and_then(|pattern| pattern.parse::<Pattern>().ok())
                .is_some_and(|pattern| pattern.matches(tag))
        })
    };
    match repository.tag_mutability.as_str() {
        "IMMUTABLE" => true,
        "IMMUTABLE_WITH_EXCLUSION" => !excluded(),
        "MUTABLE_WITH_EXCLUSION" => excluded(),
        _ => false,
    }
}

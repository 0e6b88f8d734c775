//! `DescribeImages` and `ListImages`.

use std::collections::BTreeSet;
use std::ops::Bound;

use ecr_sweep_core::{Account, Digest, Image, ImageStatus};
use serde::{Deserialize, Serialize};

use super::image_id::{ImageId, batch};
use super::repositories::find_repository;
use super::request::RepositoryRequest;
use crate::paging::Binding;
use crate::wire::{Answer, ApiError, Call, Epoch, Outcome};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    image_ids: Option<Vec<ImageId>>,
    next_token: Option<String>,
    max_results: Option<i64>,
    #[serde(default)]
    filter: Filter,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    tag_status: Option<String>,
    image_status: Option<String>,
}

/// A filter that was checked. Without an image status only ACTIVE images are listed.
#[derive(Clone, Copy)]
struct Wanted {
    tagged: Option<bool>,
    status: Option<ImageStatus>,
}

impl Filter {
    fn check(&self) -> Result<Wanted, ApiError> {
        let tagged = match self.tag_status.as_deref() {
            None | Some("ANY") => None,
            Some("TAGGED") => Some(true),
            Some("UNTAGGED") => Some(false),
            Some(_) => return Err(not_in("filter.tagStatus", "[TAGGED, UNTAGGED, ANY]")),
        };
        let status = match self.image_status.as_deref() {
            None | Some("ACTIVE") => Some(ImageStatus::Active),
            Some("ARCHIVED") => Some(ImageStatus::Archived),
            Some("ACTIVATING") => Some(ImageStatus::Activating),
            Some("ANY") => None,
            Some(_) => {
                return Err(not_in("filter.imageStatus", "[ACTIVE, ARCHIVED, ACTIVATING, ANY]"));
            }
        };
        Ok(Wanted { tagged, status })
    }
}

fn not_in(parameter: &str, values: &str) -> ApiError {
    ApiError::invalid_parameter(parameter, &format!("Member must satisfy enum value set: {values}"))
}

impl Wanted {
    fn admits(self, image: &Image) -> bool {
        self.tagged.is_none_or(|tagged| tagged != image.tags.is_empty())
            && self.status.is_none_or(|status| status == image.status)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described<'a> {
    image_details: Vec<ImageDetail<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html>
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageDetail<'a> {
    registry_id: &'a Account,
    repository_name: &'a str,
    image_digest: Digest,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    image_tags: &'a [Box<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    image_size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_pushed_at: Option<Epoch>,
    #[serde(skip_serializing_if = "str::is_empty")]
    image_manifest_media_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_media_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_recorded_pull_time: Option<Epoch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_manifest_digest: Option<Digest>,
    image_status: ImageStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_archived_at: Option<Epoch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_activated_at: Option<Epoch>,
}

impl<'a> ImageDetail<'a> {
    fn new(registry_id: &'a Account, repository_name: &'a str, image: &'a Image) -> Self {
        Self {
            registry_id,
            repository_name,
            image_digest: image.digest,
            image_tags: &image.tags,
            image_size_in_bytes: image.size_bytes,
            image_pushed_at: Epoch::optional(image.pushed_at),
            image_manifest_media_type: image.media_type.as_str(),
            artifact_media_type: image.artifact_type.as_deref(),
            last_recorded_pull_time: Epoch::optional(image.pulled_at),
            subject_manifest_digest: image.subject,
            image_status: image.status,
            last_archived_at: Epoch::optional(image.archived_at),
            last_activated_at: Epoch::optional(image.restored_at),
        }
    }
}

/// Pages of 100 unless 1 to 1000 are asked for, or exactly the images that are named; then paging
/// is refused, and one missing image fails the whole call. Only ACTIVE images without a filter.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html>
pub(super) fn describe_images(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let size = call.page_size(input.max_results, 100, 1000)?;
    let wanted = input.filter.check()?;
    let registries = call.state.registries();
    let repository = find_repository(&registries, &place, &name)?;
    let detail = |image| ImageDetail::new(&place.account, &name, image);
    if let Some(ids) = input.image_ids.filter(|ids| !ids.is_empty()) {
        if input.next_token.is_some() || input.max_results.is_some() {
            return Err(ApiError::new(
                "InvalidParameterException",
                "Invalid parameter: nextToken and maxResults cannot be used with imageIds",
            ));
        }
        let mut image_details = Vec::new();
        let mut seen = BTreeSet::new();
        for id in batch(Some(ids))? {
            let found = match id.find(repository) {
                Ok(digest) => repository.image(digest),
                Err(failure) if failure.failure_code == "ImageNotFound" => None,
                Err(failure) => {
                    return Err(ApiError::new("InvalidParameterException", failure.failure_reason));
                }
            };
            let image = found
                .filter(|image| wanted.admits(&image.facts))
                .ok_or_else(|| id.not_found(&place, &name))?;
            if seen.insert(image.facts.digest) {
                image_details.push(detail(&image.facts));
            }
        }
        return Answer::json(&Described { image_details, next_token: None });
    }
    let binding = binding(call, &place.to_string(), &name, &input.filter);
    let start = match binding.start(input.next_token.as_deref())? {
        None => Bound::Unbounded,
        Some(position) => Bound::Excluded(digest_in(&position)?),
    };
    let mut images = repository
        .images_from(start)
        .map(|image| &image.facts)
        .filter(|image| wanted.admits(image));
    let image_details: Vec<ImageDetail<'_>> = images.by_ref().take(size).map(detail).collect();
    let last = image_details.last().map(|detail| detail.image_digest.to_string());
    let next_token = last.filter(|_| images.next().is_some()).map(|last| binding.token(&last));
    Answer::json(&Described { image_details, next_token })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    image_ids: Vec<ImageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// One row per tag, and one without a tag for an untagged image; pages as in [`describe_images`].
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImages.html>
pub(super) fn list_images(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let size = call.page_size(input.max_results, 100, 1000)?;
    let wanted = input.filter.check()?;
    let registries = call.state.registries();
    let repository = find_repository(&registries, &place, &name)?;
    let binding = binding(call, &place.to_string(), &name, &input.filter);
    // A page may end between two tags of an image: the position is the digest and the last tag.
    let position = binding.start(input.next_token.as_deref())?;
    let after = match position.as_deref() {
        None => None,
        Some(position) => {
            let (digest, tag) = position.split_once(' ').unwrap_or((position, ""));
            Some((digest_in(digest)?, tag))
        }
    };
    let start = after.map_or(Bound::Unbounded, |(digest, _)| Bound::Included(digest));
    let mut rows = repository
        .images_from(start)
        .map(|image| &image.facts)
        .filter(|image| wanted.admits(image))
        .flat_map(|image| {
            let tags = image.tags.iter().map(|tag| Some(&**tag));
            let untagged = image.tags.is_empty().then_some(None);
            tags.chain(untagged).map(|tag| (image.digest, tag))
        })
        .filter(|(digest, tag)| {
            after.is_none_or(|(after, last)| *digest != after || tag.is_some_and(|tag| tag > last))
        });
    let image_ids: Vec<ImageId> =
        rows.by_ref().take(size).map(|(digest, tag)| ImageId::of(digest, tag)).collect();
    let last = image_ids.last().map(|id| {
        let digest = id.image_digest.as_deref().unwrap_or_default();
        format!("{digest} {}", id.image_tag.as_deref().unwrap_or_default())
    });
    let next_token = last.filter(|_| rows.next().is_some()).map(|last| binding.token(&last));
    Answer::json(&Listed { image_ids, next_token })
}

fn binding(call: &Call<'_>, place: &str, repository: &str, filter: &Filter) -> Binding {
    Binding::new(&[
        &call.operation.name,
        place,
        repository,
        filter.tag_status.as_deref().unwrap_or_default(),
        filter.image_status.as_deref().unwrap_or_default(),
    ])
}

fn digest_in(position: &str) -> Result<Digest, ApiError> {
    position
        .parse()
        .map_err(|_| ApiError::new("InvalidParameterException", "Invalid parameter at 'nextToken'"))
}

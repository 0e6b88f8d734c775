//! `ListImageReferrers`.

use ecr_sweep_core::{Digest, ImageStatus};
use serde::{Deserialize, Serialize};

use super::repositories::find_repository;
use super::request::RepositoryRequest;
use crate::manifest::synthesize;
use crate::paging::{Binding, page_of};
use crate::wire::{Answer, ApiError, Call, Outcome, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    subject_id: Option<Subject>,
    #[serde(default)]
    filter: Filter,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    image_digest: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    #[serde(default)]
    artifact_types: Vec<String>,
    artifact_status: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    referrers: Vec<Referrer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageReferrer.html>
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Referrer {
    digest: Digest,
    media_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<Box<str>>,
    size: usize,
    artifact_status: ImageStatus,
}

/// The images whose `subject` is one digest, whether that is there or not; pages of at most 50.
/// Only ACTIVE ones without a filter.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html>
pub(super) fn list_image_referrers(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let subject =
        required(input.subject_id.and_then(|it| it.image_digest), "subjectId.imageDigest")?;
    let digest: Digest = subject
        .parse()
        .map_err(|_| ApiError::invalid_parameter("subjectId.imageDigest", "must be a digest"))?;
    let size = call.page_size(input.max_results, 50, 50)?;
    let status = match input.filter.artifact_status.as_deref() {
        None | Some("ACTIVE") => Some(ImageStatus::Active),
        Some("ARCHIVED") => Some(ImageStatus::Archived),
        Some("ACTIVATING") => Some(ImageStatus::Activating),
        Some("ANY") => None,
        Some(_) => {
            return Err(ApiError::invalid_parameter(
                "filter.artifactStatus",
                "Member must satisfy enum value set: [ACTIVE, ARCHIVED, ACTIVATING, ANY]",
            ));
        }
    };
    let types = &input.filter.artifact_types;
    let registries = call.state.registries();
    let repository = find_repository(&registries, &place, &name)?;
    let binding = Binding::new(&[&call.operation.name, &place.to_string(), &name, &subject]);
    let rows = repository
        .referrers_of(digest)
        .filter(|image| status.is_none_or(|status| status == image.facts.status))
        .filter(|image| {
            types.is_empty()
                || image
                    .facts
                    .artifact_type
                    .as_deref()
                    .is_some_and(|it| types.iter().any(|wanted| wanted == it))
        })
        .map(|image| {
            let size = image.manifest.as_ref().map_or_else(
                || {
                    synthesize(&image.facts, |index, child| {
                        call.state.target_media_type(index, child)
                    })
                    .len()
                },
                |manifest| manifest.len(),
            );
            let referrer = Referrer {
                digest: image.facts.digest,
                media_type: image.facts.media_type.as_str().to_owned(),
                artifact_type: image.facts.artifact_type.clone(),
                size,
                artifact_status: image.facts.status,
            };
            (image.facts.digest.to_string(), referrer)
        });
    let (referrers, next_token) = page_of(rows, size, binding, input.next_token.as_deref())?;
    Answer::json(&Output { referrers, next_token })
}

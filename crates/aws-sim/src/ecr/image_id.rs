//! Image identifiers, and what is said of those for which nothing can be done.

use ecr_sweep_core::{Digest, Place, is_tag};
use serde::{Deserialize, Serialize};

use crate::state::{Lookup, Repository};
use crate::wire::ApiError;

/// An image by digest, by tag, or by both.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageId {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) image_digest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) image_tag: Option<String>,
}

/// Why one image of a batch was not done.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageFailure.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageFailure {
    pub(super) image_id: ImageId,
    pub(super) failure_code: String,
    pub(super) failure_reason: String,
}

impl ImageId {
    pub(super) fn of(digest: Digest, tag: Option<&str>) -> Self {
        Self { image_digest: Some(digest.to_string()), image_tag: tag.map(ToOwned::to_owned) }
    }

    pub(super) fn failure(&self, code: &str, reason: &str) -> ImageFailure {
        ImageFailure {
            image_id: self.clone(),
            failure_code: code.to_owned(),
            failure_reason: reason.to_owned(),
        }
    }

    /// The image that the id names, or the failure that a batch operation answers for it.
    pub(super) fn find(&self, repository: &Repository) -> Result<Digest, ImageFailure> {
        let digest = match self.image_digest.as_deref().map(str::parse::<Digest>) {
            None => None,
            Some(Ok(digest)) => Some(digest),
            Some(Err(_)) => {
                return Err(self.failure(
                    "InvalidImageDigest",
                    "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
                ));
            }
        };
        if let Some(tag) = &self.image_tag
            && !is_tag(tag)
        {
            return Err(self.failure(
                "InvalidImageTag",
                "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]*'",
            ));
        }
        if digest.is_none() && self.image_tag.is_none() {
            return Err(self.failure(
                "MissingDigestAndTag",
                "Invalid request parameters: both tag and digest cannot be null",
            ));
        }
        match repository.find(digest, self.image_tag.as_deref()) {
            Lookup::Found(digest) => Ok(digest),
            Lookup::NotFound => Err(self.failure("ImageNotFound", "Requested image not found")),
            Lookup::TagDoesNotMatch => Err(self.failure(
                "ImageTagDoesNotMatchDigest",
                "The image tag does not match the image digest",
            )),
        }
    }

    /// The error of the operations that fail as a whole when an image is not there.
    pub(super) fn not_found(&self, place: &Place, repository: &str) -> ApiError {
        let or_null = |member: &Option<String>| member.clone().unwrap_or_else(|| "null".to_owned());
        ApiError::new(
            "ImageNotFoundException",
            format!(
                "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within \
                 the repository with name '{repository}' in the registry with id '{}'",
                or_null(&self.image_digest),
                or_null(&self.image_tag),
                place.account
            ),
        )
    }
}

/// The ids of a batch: 1 to 100.
pub(super) fn batch(ids: Option<Vec<ImageId>>) -> Result<Vec<ImageId>, ApiError> {
    let ids = ids.unwrap_or_default();
    match ids.len() {
        0 => Err(ApiError::invalid_parameter(
            "imageIds",
            "Member must have length greater than or equal to 1",
        )),
        1..=100 => Ok(ids),
        _ => Err(ApiError::invalid_parameter(
            "imageIds",
            "Member must have length less than or equal to 100",
        )),
    }
}

//! `UpdateImageStorageClass`: archiving and restoring.

use ecr_sweep_core::ImageStatus;
use serde::Deserialize;
use serde_json::json;

use super::image_id::ImageId;
use super::repositories::find_repository_mut;
use super::request::RepositoryRequest;
use crate::wire::{Answer, ApiError, Call, Outcome, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    image_id: Option<ImageId>,
    target_storage_class: Option<String>,
}

/// Archives one image, or starts to restore it. A restore is answered as `ACTIVATING` and is done
/// at once: ECR takes up to 20 minutes.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdateImageStorageClass.html>
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/restore-image.html>
pub(super) fn update_image_storage_class(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let id = required(input.image_id, "imageId")?;
    let target = required(input.target_storage_class, "targetStorageClass")?;
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    let digest = id.find(repository).map_err(|failure| match failure.failure_code.as_str() {
        "ImageNotFound" => id.not_found(&place, &name),
        _ => ApiError::new("InvalidParameterException", failure.failure_reason),
    })?;
    let image = repository.image_mut(digest).ok_or_else(|| id.not_found(&place, &name))?;
    let answered = match (target.as_str(), image.facts.status) {
        ("ARCHIVE", ImageStatus::Active) => {
            image.facts.status = ImageStatus::Archived;
            image.facts.archived_at = Some(call.now);
            ImageStatus::Archived
        }
        ("STANDARD", ImageStatus::Archived | ImageStatus::Activating) => {
            image.facts.status = ImageStatus::Active;
            image.facts.restored_at = Some(call.now);
            ImageStatus::Activating
        }
        ("ARCHIVE" | "STANDARD", _) => {
            return Err(ApiError::new(
                "ImageStorageClassUpdateNotSupportedException",
                format!("The image {digest} cannot be moved to the storage class {target}"),
            ));
        }
        _ => {
            return Err(ApiError::invalid_parameter(
                "targetStorageClass",
                "Member must satisfy enum value set: [STANDARD, ARCHIVE]",
            ));
        }
    };
    Answer::json(&json!({
        "registryId": place.account,
        "repositoryName": name,
        "imageId": id,
        "imageStatus": answered,
    }))
}

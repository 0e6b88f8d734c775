//! `BatchGetImage`: manifests.

use ecr_sweep_core::{MediaType, Place};
use serde::{Deserialize, Serialize};

use super::image_id::{ImageFailure, ImageId, batch};
use super::repositories::find_repository_mut;
use super::request::RepositoryRequest;
use crate::manifest::synthesize;
use crate::state::StoredImage;
use crate::sts::caller_arn;
use crate::wire::{Answer, Call, Outcome};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    image_ids: Option<Vec<ImageId>>,
    accepted_media_types: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Output {
    images: Vec<AnsweredImage>,
    failures: Vec<ImageFailure>,
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Image.html>
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnsweredImage {
    pub(super) registry_id: String,
    pub(super) repository_name: String,
    pub(super) image_id: ImageId,
    pub(super) image_manifest: String,
    pub(super) image_manifest_media_type: String,
}

/// The manifests of up to 100 images. Each one that is answered counts as a pull, so its pull time
/// moves to now, unless the caller is excluded from that; archived images, and those being restored, are `ImageInaccessible`.
///
/// By tag, an image whose media type is not accepted is not found: ECR translates some of them,
/// which is not simulated. By digest nothing is ever translated, and what is there is answered.
///
/// An index whose children nobody knows has no manifest that could be made up: it is a `KmsError`,
/// as for an image whose key is out of reach.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html>
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html>
/// <https://github.com/aws/containers-roadmap/issues/2390>
pub(super) fn batch_get_image(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let ids = batch(input.image_ids)?;
    let accepted = input.accepted_media_types.unwrap_or_default();
    let mut registries = call.state.registries_mut();
    let caller = caller_arn(call);
    let leaves_time = !registries.get(&place).is_some_and(|it| it.is_excluded(&caller));
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    let mut output = Output { images: Vec::new(), failures: Vec::new() };
    for id in ids {
        let found = id.find(repository).and_then(|digest| {
            match call.image_faults.iter().find(|fault| fault.covers(digest)) {
                Some(fault) => Err(id.failure(&fault.code, &fault.reason)),
                None => Ok(digest),
            }
        });
        let answered = found.and_then(|digest| match repository.image_mut(digest) {
            None => Err(id.failure("ImageNotFound", "Requested image not found")),
            Some(image) => {
                let pulled_before = image.facts.pulled_at;
                let answered = read(call, &place, &name, &id, &accepted, image);
                if !leaves_time {
                    image.facts.pulled_at = pulled_before;
                }
                answered
            }
        });
        match answered {
            Ok(image) => output.images.push(image),
            Err(failure) => output.failures.push(failure),
        }
    }
    Answer::json(&output)
}

fn read(
    call: &Call<'_>,
    place: &Place,
    name: &str,
    id: &ImageId,
    accepted: &[String],
    image: &mut StoredImage,
) -> Result<AnsweredImage, ImageFailure> {
    if !image.can_be_pulled() {
        return Err(id.failure("ImageInaccessible", "The image is archived and cannot be pulled"));
    }
    let media_type = image.facts.media_type.as_str();
    let by_tag = id.image_digest.is_none();
    if by_tag && !accepted.is_empty() && !accepted.iter().any(|accepted| accepted == media_type) {
        return Err(id.failure("ImageNotFound", "Requested image not found"));
    }
    if image.manifest.is_none()
        && image.facts.media_type.is_index()
        && image.facts.children.is_none()
    {
        return Err(id.failure("KmsError", "The image's KMS key cannot be used"));
    }
    image.facts.pulled_at = Some(call.now);
    Ok(AnsweredImage {
        registry_id: place.account.to_string(),
        repository_name: name.to_owned(),
        image_id: ImageId::of(image.facts.digest, id.image_tag.as_deref()),
        image_manifest: match &image.manifest {
            Some(manifest) => manifest.to_string(),
            None => synthesize(&image.facts, |from: &MediaType, target| {
                call.state.target_media_type(from, target)
            }),
        },
        image_manifest_media_type: image.facts.media_type.as_str().to_owned(),
    })
}

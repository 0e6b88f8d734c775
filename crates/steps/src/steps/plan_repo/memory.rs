//! What runs remember of one another: since when images have been planned for deletion.
//!
//! One document a repository, which the plan of every run brings up to date, a dry run's too, where
//! a rule has a grace or had one. A plan that was not made changes nothing; an image that a plan
//! keeps is forgotten, and so is every image of a repository that something unknown blocks.

use ecr_sweep_core::{Image, PlannedSince, planned_before};
use ecr_sweep_protocol::documents::{MatchedRepository, PlannedImage, PlannedImages, V1, keys};
use jiff::Timestamp;

use crate::{Environment, StepError};

/// Since when the images of a repository have been planned for deletion.
pub(super) async fn planned_since(
    environment: &Environment,
    matched: &MatchedRepository,
) -> Result<PlannedSince, StepError> {
    let key = keys::planned_images(&matched.id());
    Ok(since(environment.find(&key).await?))
}

/// Writes down what was planned for deletion, unless that is what is there.
pub(super) async fn remember(
    environment: &Environment,
    matched: &MatchedRepository,
    known: &PlannedSince,
    candidates: &[Image],
    planned_at: Timestamp,
) -> Result<(), StepError> {
    // Another run may have written meanwhile: what is brought up to date is what is there then.
    let up_to_date = |known: &PlannedSince| -> PlannedSince {
        let since = |image| planned_before(image, known).unwrap_or(planned_at);
        candidates.iter().map(|image| (image.digest, since(image))).collect()
    };
    if up_to_date(known) == *known {
        return Ok(());
    }
    let key = keys::planned_images(&matched.id());
    environment
        .update(&key, |old: Option<PlannedImages>| {
            let images = up_to_date(&since(old));
            Ok(PlannedImages {
                schema_version: V1,
                account: matched.account.clone(),
                region: matched.region.clone(),
                repository: matched.repository.clone(),
                images: images
                    .into_iter()
                    .map(|(digest, since)| PlannedImage { digest, since })
                    .collect(),
            })
        })
        .await?;
    Ok(())
}

fn since(document: Option<PlannedImages>) -> PlannedSince {
    let images = document.into_iter().flat_map(|document| document.images);
    images.map(|image| (image.digest, image.since)).collect()
}

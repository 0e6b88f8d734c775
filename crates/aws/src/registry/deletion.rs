//! Deletion: by digest, never by tag.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::{ImageFailure, ImageFailureCode};
use ecr_sweep_core::wording::NO_REASON;
use ecr_sweep_core::{Digest, Place};

use super::IDS_A_CALL;
use super::images::by_digest;
use crate::AwsError;
use crate::call::Call;
use crate::sessions::slots::Slots;

/// What became of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// It is gone, with all its tags.
    Deleted,
    /// It is archived, with all its tags.
    Archived,
    /// It was gone before.
    AlreadyGone,
    /// It may still be there.
    Failed {
        /// ECR's code, such as `ImageReferencedByManifestList`.
        code: Box<str>,
        /// The same in words.
        reason: Box<str>,
    },
    /// The answer does not speak of it: it may be gone, or still be there. Not every registry that
    /// speaks the API answers for images without a tag.
    NotAnswered {
        /// What is in its place.
        reason: Box<str>,
    },
}

/// What deletes and archives in the ECR of one account and Region. It reads nothing.
#[derive(Debug)]
pub struct RegistryDeleter {
    pub(super) place: Place,
    pub(super) client: Client,
    pub(super) slots: Slots,
}

/// Whoever deletes has seen that nobody else does, and that holds for a while: a call for which
/// there is no slot by then is not sent.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(5);

impl RegistryDeleter {
    pub(crate) const fn new(place: Place, client: Client, slots: Slots) -> Self {
        Self { place, client, slots }
    }

    /// Deletes these images, at most [`IDS_A_CALL`], and says what became of each, sorted by
    /// digest. An error says nothing of any of them: all may be gone, or none.
    ///
    /// ECR refuses images that an index still lists, also one that goes in the same call.
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html>
    pub async fn delete(
        &self,
        repository: &str,
        digests: &[Digest],
    ) -> Result<Vec<(Digest, DeleteOutcome)>, AwsError> {
        let call = Call::new("ecr", "BatchDeleteImage", &self.place).about(repository);
        let digests: Vec<Digest> =
            digests.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        if digests.is_empty() {
            return Ok(Vec::new());
        }
        if digests.len() > IDS_A_CALL {
            return Err(
                call.refused(format!("{} images in a call that takes {IDS_A_CALL}", digests.len()))
            );
        }
        let delete = self
            .client
            .batch_delete_image()
            .repository_name(repository)
            .set_image_ids(Some(by_digest(&digests)));
        let answer = self
            .slots
            .call_within(LONGEST_WAIT, call.operation(), Box::pin(delete.send()))
            .await
            .ok_or_else(|| call.crowded_out())?
            .map_err(|error| call.failed(error))?;

        // One row a tag: the same digest comes as often as it had tags.
        let mut outcomes = BTreeMap::new();
        for id in answer.image_ids.iter().flatten() {
            let digest = call.sent_text("imageDigest", id.image_digest())?;
            let digest: Digest =
                digest.parse().map_err(|_| call.unreadable(format!("`{digest}` is no digest")))?;
            outcomes.insert(digest, DeleteOutcome::Deleted);
        }
        let mut nameless = None;
        for failure in answer.failures.iter().flatten() {
            let code = call.sent("failureCode", failure.failure_code())?;
            let digest = failure.image_id().and_then(|id| id.image_digest()?.parse().ok());
            match digest {
                Some(digest) => drop(outcomes.insert(digest, outcome(code, failure))),
                None => nameless = Some(format!("a failure names no image: {failure:?}")),
            }
        }
        let not_answered = || DeleteOutcome::NotAnswered {
            reason: nameless
                .as_deref()
                .unwrap_or("the answer names neither the image nor a failure")
                .into(),
        };
        if let Some(other) = outcomes.keys().find(|digest| !digests.contains(digest)) {
            return Err(call.unreadable(format!("nobody asked for {other}")));
        }
        let outcomes: Vec<_> = digests
            .into_iter()
            .map(|digest| (digest, outcomes.remove(&digest).unwrap_or_else(not_answered)))
            .collect();
        let deleted =
            outcomes.iter().filter(|(_, outcome)| *outcome == DeleteOutcome::Deleted).count();
        tracing::info!(
            account = %self.place.account, region = %self.place.region, repository,
            images = outcomes.len(), deleted, "asked to delete a batch"
        );
        Ok(outcomes)
    }
}

fn outcome(code: &ImageFailureCode, failure: &ImageFailure) -> DeleteOutcome {
    match code {
        ImageFailureCode::ImageNotFound => DeleteOutcome::AlreadyGone,
        code => DeleteOutcome::Failed {
            code: code.as_str().into(),
            reason: failure.failure_reason().unwrap_or(NO_REASON).into(),
        },
    }
}

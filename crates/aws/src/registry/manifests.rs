//! Manifests: what an index lists. Reading one counts as a pull of the image.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::wording::NO_REASON;
use ecr_sweep_core::{Digest, MediaType, sha256};
use ecr_sweep_protocol::manifest::{self, ManifestProblem};

use super::images::by_digest;
use super::{IDS_A_CALL, RegistryReader};
use crate::AwsError;
use crate::concurrently::{batches, concurrently};

/// A manifest as the registry answered it.
///
/// ECR's manifests have the digest that they were asked for by. Those of registries that are not
/// ECR need not; such a manifest is worth a copy, and nobody can tell from it what an index lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What it was asked for by.
    pub digest: Digest,
    /// The media type that the registry says.
    pub media_type: MediaType,
    /// The manifest, byte by byte as it was pushed.
    pub bytes: Vec<u8>,
}

impl Manifest {
    /// The manifests that it lists, each once, in its order. An image's manifest lists none.
    pub fn children(&self) -> Result<Vec<Digest>, ManifestProblem> {
        let actual = sha256(&self.bytes);
        if actual != self.digest {
            return Err(ManifestProblem::OtherDigest { asked: self.digest, actual });
        }
        manifest::children(&self.media_type, &self.bytes)
    }
}

/// A manifest that is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {reason}")]
pub struct ManifestFailure {
    /// ECR's code, such as `ImageNotFound`; or `NotAnswered`.
    pub code: Box<str>,
    /// The same in words.
    pub reason: Box<str>,
}

type Row = (Digest, Result<Manifest, ManifestFailure>);

impl RegistryReader {
    /// The manifests of these images: one row a digest, sorted. What is not in the answer is
    /// a failure.
    ///
    /// ECR counts this as a pull: call it once a digest.
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html>
    pub async fn manifests(
        &self,
        repository: &str,
        digests: &[Digest],
    ) -> Result<Vec<Row>, AwsError> {
        let digests: BTreeSet<Digest> = digests.iter().copied().collect();
        let batches = batches(&Vec::from_iter(digests), IDS_A_CALL);
        let mut rows = concurrently(self.slots.at_once(), batches, |batch| async move {
            self.batch_of_manifests(repository, &batch).await
        })
        .await?;
        rows.sort_unstable_by_key(|(digest, _)| *digest);
        Ok(rows)
    }

    async fn batch_of_manifests(
        &self,
        repository: &str,
        batch: &[Digest],
    ) -> Result<Vec<Row>, AwsError> {
        let call = &self.call("BatchGetImage").about(repository);
        let mut get = self
            .client
            .batch_get_image()
            .repository_name(repository)
            .set_image_ids(Some(by_digest(batch)));
        // Without these ECR may translate a manifest into another type, of another digest.
        for media_type in MediaType::KNOWN {
            get = get.accepted_media_types(media_type.as_str());
        }
        let answer = self.in_slot(call, get.send()).await.map_err(|error| call.failed(error))?;

        let mut rows = BTreeMap::new();
        for image in answer.images.into_iter().flatten() {
            let id = image.image_id.and_then(|id| id.image_digest);
            let id = call.sent_text("imageDigest", id.as_deref())?;
            let digest: Digest = id
                .parse()
                .map_err(|_| call.unreadable(format!("an image has no digest: `{id}`")))?;
            if !batch.contains(&digest) {
                return Err(call.unreadable(format!("nobody asked for {digest}")));
            }
            let media_type =
                MediaType::from(image.image_manifest_media_type.as_deref().unwrap_or(""));
            let bytes = call.sent("imageManifest", image.image_manifest)?.into_bytes();
            rows.insert(digest, Ok(Manifest { digest, media_type, bytes }));
        }
        let mut nameless = None;
        for failure in answer.failures.into_iter().flatten() {
            let code = call.sent("failureCode", failure.failure_code)?.as_str().into();
            let reason = failure.failure_reason.unwrap_or_else(|| NO_REASON.to_owned());
            let why = ManifestFailure { code, reason: reason.into() };
            match failure.image_id.and_then(|id| id.image_digest?.parse().ok()) {
                Some(digest) => drop(rows.insert(digest, Err(why))),
                None => nameless = Some(why),
            }
        }
        tracing::debug!(
            account = %self.place.account, region = %self.place.region, repository,
            manifests = rows.len(), "read manifests"
        );
        let not_answered = || {
            Err(ManifestFailure {
                code: "NotAnswered".into(),
                reason: match &nameless {
                    Some(why) => format!("a failure names no image: {why}").into(),
                    None => "the answer names neither the image nor a failure".into(),
                },
            })
        };
        Ok(batch
            .iter()
            .map(|digest| (*digest, rows.remove(digest).unwrap_or_else(not_answered)))
            .collect())
    }
}

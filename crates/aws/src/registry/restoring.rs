//! Putting images back: manifests, tags, and layers that are gone. It deletes nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecr::Client;
use aws_sdk_ecr::error::ProvideErrorMetadata as _;
use aws_sdk_ecr::operation::complete_layer_upload::CompleteLayerUploadError;
use aws_sdk_ecr::primitives::Blob;
use aws_sdk_ecr::types::LayerAvailability;
use ecr_sweep_core::wording::NO_REASON;
use ecr_sweep_core::{Digest, MediaType, Place};

use crate::AwsError;
use crate::call::Call;
use crate::sessions::slots::Slots;

/// What a registry answers when it is asked to take a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOutcome {
    /// The image is there now, under its digest, with the tag if there was one.
    Put,
    /// It was there before, with the tag if there was one.
    AlreadyThere,
    /// Layers of it are gone: they have to be uploaded first.
    LayersGone,
    /// The registry refused.
    Refused {
        /// ECR's code, such as `ImageTagAlreadyExistsException`.
        code: Box<str>,
        /// The same in words.
        reason: Box<str>,
    },
}

/// What puts images back in the ECR of one account and Region. It reads no images, and deletes none.
#[derive(Debug)]
pub struct RegistryRestorer {
    pub(super) place: Place,
    pub(super) client: Client,
    pub(super) slots: Slots,
}

/// The size of the parts in which a layer is uploaded, in bytes: the smallest that ECR takes, since
/// each is in memory a few times over.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const PART: usize = 5 * 1024 * 1024;

/// The most digests that one call takes.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html>
const LAYERS_A_CALL: usize = 100;

impl RegistryRestorer {
    pub(crate) const fn new(place: Place, client: Client, slots: Slots) -> Self {
        Self { place, client, slots }
    }

    /// Puts a manifest under its digest, and a tag on it, which moves if another image has it: look
    /// before. That ECR stored it under another digest is an error.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html>
    pub async fn put(
        &self,
        repository: &str,
        digest: Digest,
        media_type: &MediaType,
        manifest: &str,
        tag: Option<&str>,
    ) -> Result<PutOutcome, AwsError> {
        let call = self.call("PutImage").about(repository);
        let put = self
            .client
            .put_image()
            .repository_name(repository)
            .image_manifest(manifest)
            .image_manifest_media_type(media_type.as_str())
            .image_digest(digest.to_string())
            .set_image_tag(tag.map(str::to_owned));
        let answer = match self.slots.call(call.operation(), Box::pin(put.send())).await {
            Ok(answer) => answer,
            Err(error) => {
                let code = error.as_service_error().and_then(|it| it.code()).map(str::to_owned);
                let error = call.failed(error);
                return match code.as_deref() {
                    Some("ImageAlreadyExistsException") => Ok(PutOutcome::AlreadyThere),
                    Some("LayersNotFoundException") => Ok(PutOutcome::LayersGone),
                    Some(
                        code @ ("ImageTagAlreadyExistsException"
                        | "ImageDigestDoesNotMatchException"
                        | "InvalidParameterException"
                        | "LimitExceededException"
                        | "ReferencedImagesNotFoundException"
                        | "RepositoryNotFoundException"),
                    ) => {
                        let reason = error.message().unwrap_or(NO_REASON).into();
                        Ok(PutOutcome::Refused { code: code.into(), reason })
                    }
                    _ => Err(error),
                };
            }
        };
        let answered = answer.image.and_then(|image| image.image_id?.image_digest);
        let answered = call.sent_text("imageDigest", answered.as_deref())?;
        if *answered != *digest.to_string() {
            return Err(call.unreadable(format!("it put {answered} in place of {digest}")));
        }
        tracing::info!(
            account = %self.place.account, region = %self.place.region, repository,
            %digest, tag, "put an image back"
        );
        Ok(PutOutcome::Put)
    }

    /// Those of these layers that the repository does not have, sorted.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html>
    pub async fn missing_layers(
        &self,
        repository: &str,
        layers: &BTreeSet<Digest>,
    ) -> Result<Vec<Digest>, AwsError> {
        let call = self.call("BatchCheckLayerAvailability").about(repository);
        let mut missing = Vec::new();
        let layers: Vec<Digest> = layers.iter().copied().collect();
        for layers in layers.chunks(LAYERS_A_CALL) {
            let check = self
                .client
                .batch_check_layer_availability()
                .repository_name(repository)
                .set_layer_digests(Some(layers.iter().map(ToString::to_string).collect()));
            let answer = self
                .slots
                .call(call.operation(), Box::pin(check.send()))
                .await
                .map_err(|error| call.failed(error))?;
            let mut there = BTreeMap::new();
            for layer in answer.layers.into_iter().flatten() {
                let digest = call.sent_text("layerDigest", layer.layer_digest.as_deref())?;
                let availability = call.sent("layerAvailability", layer.layer_availability)?;
                there.insert(digest, availability == LayerAvailability::Available);
            }
            // What it fails to tell of is not there for all that anybody knows.
            let is_missing =
                |layer: &&Digest| there.get(layer.to_string().as_str()).is_none_or(|it| !it);
            missing.extend(layers.iter().filter(is_missing));
        }
        Ok(missing)
    }

    /// Begins to upload a layer.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_InitiateLayerUpload.html>
    pub async fn begin_layer<'a>(
        &'a self,
        repository: &'a str,
        digest: Digest,
    ) -> Result<LayerUpload<'a>, AwsError> {
        let call = self.call("InitiateLayerUpload").about(repository);
        let begin = self.client.initiate_layer_upload().repository_name(repository);
        let answer = self
            .slots
            .call(call.operation(), Box::pin(begin.send()))
            .await
            .map_err(|error| call.failed(error))?;
        let id = call.sent("uploadId", answer.upload_id)?;
        Ok(LayerUpload { restorer: self, repository, digest, id, sent: 0, part: Vec::new() })
    }

    const fn call<'a>(&'a self, operation: &'static str) -> Call<'a> {
        Call::new("ecr", operation, &self.place)
    }
}

/// A layer on its way into a repository. Of its bytes no more than a part is held.
#[derive(Debug)]
pub struct LayerUpload<'a> {
    restorer: &'a RegistryRestorer,
    repository: &'a str,
    digest: Digest,
    id: String,
    /// How many bytes ECR has.
    sent: usize,
    part: Vec<u8>,
}

impl LayerUpload<'_> {
    /// Takes the next bytes, and sends those that are a part together.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), AwsError> {
        while !bytes.is_empty() {
            let (some, rest) = bytes.split_at(bytes.len().min(PART - self.part.len()));
            self.part.extend_from_slice(some);
            bytes = rest;
            // The last part may be smaller: it is not sent before the end is known.
            if self.part.len() == PART {
                self.send().await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), AwsError> {
        let part = std::mem::take(&mut self.part);
        let call = self.restorer.call("UploadLayerPart").about(self.repository);
        let end = self.sent + part.len();
        // Sizes of what is in memory, and of layers, are far from what an i64 holds.
        let number = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
        let upload = self
            .restorer
            .client
            .upload_layer_part()
            .repository_name(self.repository)
            .upload_id(&self.id)
            .part_first_byte(number(self.sent))
            .part_last_byte(number(end) - 1)
            .layer_part_blob(Blob::new(part));
        self.restorer
            .slots
            .call(call.operation(), Box::pin(upload.send()))
            .await
            .map_err(|error| call.failed(error))?;
        self.sent = end;
        Ok(())
    }

    /// Sends what is left. ECR refuses a layer that has not the digest. One that is there by now is
    /// good.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html>
    pub async fn complete(mut self) -> Result<(), AwsError> {
        if !self.part.is_empty() {
            self.send().await?;
        }
        let call = self.restorer.call("CompleteLayerUpload").about(self.repository);
        let complete = self
            .restorer
            .client
            .complete_layer_upload()
            .repository_name(self.repository)
            .upload_id(&self.id)
            .layer_digests(self.digest.to_string());
        match self.restorer.slots.call(call.operation(), Box::pin(complete.send())).await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CompleteLayerUploadError::is_layer_already_exists_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(call.failed(error)),
        }
    }
}

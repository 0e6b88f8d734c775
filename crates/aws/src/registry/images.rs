//! Images: all of a repository, or exactly these.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecr::types::{
    DescribeImagesFilter, ImageDetail, ImageIdentifier, ImageStatus as SdkStatus, ImageStatusFilter,
};
use ecr_sweep_core::{Digest, Image, ImageStatus, MediaType};

use super::{IDS_A_CALL, ROWS_A_PAGE, RegistryReader};
use crate::call::Call;
use crate::concurrently::{batches, concurrently};
use crate::paging::{Page, every_page};
use crate::time::timestamp;
use crate::{AwsError, AwsErrorKind};

/// What there is of the images that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactImages {
    /// Those that exist, sorted by digest.
    pub found: Vec<Image>,
    /// Those that do not, sorted.
    pub missing: Vec<Digest>,
}

impl RegistryReader {
    /// Every image of a repository whatever its status, sorted by digest; their children are not
    /// known. Takes one call a 1000 images.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html>
    pub async fn images(&self, repository: &str) -> Result<Vec<Image>, AwsError> {
        let call = &self.call("DescribeImages").about(repository);
        let mut images = every_page(call, |token| {
            let list = self
                .client
                .describe_images()
                .repository_name(repository)
                .filter(any_status())
                .max_results(ROWS_A_PAGE)
                .set_next_token(token);
            async move {
                let page =
                    self.in_slot(call, list.send()).await.map_err(|error| call.failed(error))?;
                let items = self.read_all(call, repository, page.image_details)?;
                Ok(Page { items, next: page.next_token })
            }
        })
        .await?;
        // An image that moves between pages while they are read comes twice: the later row is the
        // newer.
        images.reverse();
        images.sort_by_key(|image| image.digest);
        images.dedup_by_key(|image| image.digest);
        tracing::debug!(
            account = %self.place.account, region = %self.place.region, repository,
            images = images.len(), "listed images"
        );
        Ok(images)
    }

    /// The images with these digests, whatever their status; their children are not known.
    ///
    /// ECR refuses a whole call if one of its images is missing, and does not say which: each
    /// missing image of n costs up to 2 log2(n) calls more.
    pub async fn images_exactly(
        &self,
        repository: &str,
        digests: &[Digest],
    ) -> Result<ExactImages, AwsError> {
        let digests: BTreeSet<Digest> = digests.iter().copied().collect();
        let batches = batches(&Vec::from_iter(digests), IDS_A_CALL);
        let rows = concurrently(self.slots.at_once(), batches, |batch| async move {
            self.bisect(repository, &batch).await
        })
        .await?;
        let mut exact = ExactImages { found: Vec::new(), missing: Vec::new() };
        for row in rows {
            match row {
                Ok(image) => exact.found.push(image),
                Err(missing) => exact.missing.push(missing),
            }
        }
        exact.found.sort_unstable_by_key(|image| image.digest);
        exact.missing.sort_unstable();
        tracing::debug!(
            account = %self.place.account, region = %self.place.region, repository,
            found = exact.found.len(), missing = exact.missing.len(), "read images"
        );
        Ok(exact)
    }

    /// The image that a tag is on, whatever its status; none where the tag is not there.
    pub async fn image_of_tag(
        &self,
        repository: &str,
        tag: &str,
    ) -> Result<Option<Digest>, AwsError> {
        let call = &self.call("DescribeImages").about(repository);
        match self.describe_tag(call, repository, tag).await {
            Err(error) if is_image_missing(&error) => Ok(None),
            images => Ok(images?.first().map(|image| image.digest)),
        }
    }

    /// Those of these tags that are on an image that is not archived. Takes one call a tag.
    pub async fn tags_there(
        &self,
        repository: &str,
        tags: &BTreeSet<Box<str>>,
    ) -> Result<BTreeSet<Box<str>>, AwsError> {
        let mut there = BTreeSet::new();
        for tag in tags {
            let call = &self.call("DescribeImages").about(repository);
            match self.describe_tag(call, repository, tag).await {
                Err(error) if is_image_missing(&error) => {}
                images => {
                    if images?.iter().any(|image| image.status != ImageStatus::Archived) {
                        there.insert(tag.clone());
                    }
                }
            }
        }
        Ok(there)
    }

    /// The image that has a tag; an error where there is none.
    async fn describe_tag(
        &self,
        call: &Call<'_>,
        repository: &str,
        tag: &str,
    ) -> Result<Vec<Image>, AwsError> {
        let describe = self
            .client
            .describe_images()
            .repository_name(repository)
            .filter(any_status())
            .image_ids(ImageIdentifier::builder().image_tag(tag).build());
        let answer = self.in_slot(call, describe.send()).await;
        let answer = answer.map_err(|error| call.failed(error))?;
        let images = self.read_all(call, repository, answer.image_details)?;
        if images.iter().all(|image| !image.tags.iter().any(|it| **it == *tag)) {
            return Err(call.unreadable(format!("`{tag}` is neither on an image nor missing")));
        }
        Ok(images)
    }

    /// Halves a batch until what is missing is alone. A missing image is its digest.
    async fn bisect(
        &self,
        repository: &str,
        batch: &[Digest],
    ) -> Result<Vec<Result<Image, Digest>>, AwsError> {
        let mut rows = Vec::new();
        let mut left = vec![batch];
        while let Some(batch) = left.pop() {
            match (self.all_of(repository, batch).await?, batch) {
                (Some(images), _) => rows.extend(images.into_iter().map(Ok)),
                (None, &[missing]) => rows.push(Err(missing)),
                (None, _) => left.extend(<[_; 2]>::from(batch.split_at(batch.len() / 2))),
            }
        }
        Ok(rows)
    }

    /// All of the batch, or nothing if one of them is missing.
    async fn all_of(
        &self,
        repository: &str,
        batch: &[Digest],
    ) -> Result<Option<Vec<Image>>, AwsError> {
        let call = &self.call("DescribeImages").about(repository);
        let describe = self
            .client
            .describe_images()
            .repository_name(repository)
            .filter(any_status())
            .set_image_ids(Some(by_digest(batch)));
        let answer = self.in_slot(call, describe.send()).await;
        let answer = match answer.map_err(|error| call.failed(error)) {
            Err(error) if is_image_missing(&error) => return Ok(None),
            answer => answer?,
        };
        let mut images: BTreeMap<Digest, Image> = self
            .read_all(call, repository, answer.image_details)?
            .into_iter()
            .map(|image| (image.digest, image))
            .collect();
        let asked = batch
            .iter()
            .map(|digest| {
                images.remove(digest).ok_or_else(|| {
                    call.unreadable(format!("{digest} is neither described nor missing"))
                })
            })
            .collect::<Result<_, _>>()?;
        match images.keys().next() {
            Some(other) => Err(call.unreadable(format!("nobody asked for {other}"))),
            None => Ok(Some(asked)),
        }
    }

    fn read_all(
        &self,
        call: &Call<'_>,
        repository: &str,
        details: Option<Vec<ImageDetail>>,
    ) -> Result<Vec<Image>, AwsError> {
        let details = call.sent("imageDetails", details)?;
        for detail in &details {
            self.check_registry(call, detail.registry_id())?;
            if let Some(other) = detail.repository_name().filter(|name| *name != repository) {
                return Err(call.unreadable(format!("an image is of the repository `{other}`")));
            }
        }
        details.iter().map(|detail| read(call, detail)).collect()
    }
}

fn is_image_missing(error: &AwsError) -> bool {
    error.kind == AwsErrorKind::NotFound && error.code() == Some("ImageNotFoundException")
}

/// Without this filter ECR leaves out what is archived or on its way back.
fn any_status() -> DescribeImagesFilter {
    DescribeImagesFilter::builder().image_status(ImageStatusFilter::Any).build()
}

pub(super) fn by_digest(digests: &[Digest]) -> Vec<ImageIdentifier> {
    digests
        .iter()
        .map(|digest| ImageIdentifier::builder().image_digest(digest.to_string()).build())
        .collect()
}

fn read(call: &Call<'_>, detail: &ImageDetail) -> Result<Image, AwsError> {
    let digest =
        |text: &str| text.parse::<Digest>().map_err(|error| call.unreadable(error.to_string()));
    let time = |field, time| timestamp(call, field, time);
    let mut tags: Vec<Box<str>> =
        detail.image_tags().iter().map(|tag| tag.as_str().into()).collect();
    tags.sort();
    let size_bytes = detail.image_size_in_bytes().map(u64::try_from).transpose();
    // Not every registry that speaks the API tells it: an image of an unknown type is kept.
    let media_type = MediaType::from(detail.image_manifest_media_type().unwrap_or(""));
    Ok(Image {
        digest: digest(&call.sent_text("imageDigest", detail.image_digest())?)?,
        tags,
        pushed_at: time("imagePushedAt", detail.image_pushed_at())?,
        pulled_at: time("lastRecordedPullTime", detail.last_recorded_pull_time())?,
        restored_at: time("lastActivatedAt", detail.last_activated_at())?,
        archived_at: time("lastArchivedAt", detail.last_archived_at())?,
        used_at: None,
        unused_at: None,
        size_bytes: size_bytes.map_err(|_| call.unreadable("a size is negative"))?,
        // Registries that are not ECR repeat the manifest's own type here: it says nothing.
        artifact_type: detail
            .artifact_media_type()
            .filter(|artifact_type| *artifact_type != media_type.as_str())
            .map(Into::into),
        media_type,
        children: None,
        subject: detail.subject_manifest_digest().map(digest).transpose()?,
        status: match detail.image_status() {
            // Not every registry that speaks the API knows of archiving.
            None | Some(SdkStatus::Active) => ImageStatus::Active,
            Some(SdkStatus::Archived) => ImageStatus::Archived,
            Some(SdkStatus::Activating) => ImageStatus::Activating,
            Some(unknown) => {
                return Err(call.unreadable(format!("`{unknown}` is no known image status")));
            }
        },
    })
}

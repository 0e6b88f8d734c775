//! Service revisions: what a service resolved its images to.

use std::collections::BTreeSet;

use aws_sdk_ecs::types as sdk;
use futures::Stream;

use super::clients::Rated;
use super::memory::Memory;
use super::reader::{Reader, by_name, check_answered};
use super::shapes::{ContainerImage, ServiceRevision};
use crate::AwsError;
use crate::call::Call;
use crate::sources::cache::{Read, ReadOnce};
use crate::sources::{Scan, ScanError};
use crate::time::timestamp;

/// Describes revisions. They are immutable, and each has an id of its own; but their digests are
/// there only when a task has started.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-revision.html>
pub(super) struct ServiceRevisions<'a>(&'a Reader<'a>);

impl ReadOnce for ServiceRevisions<'_> {
    type Item = Box<str>;
    /// None: it is missing.
    type Value = Option<ServiceRevision>;
    type Kept = ServiceRevision;

    const NAME: &'static str = "ecs-service-revisions";
    const A_CALL: usize = 20;

    fn key<'i>(&self, arn: &'i Box<str>) -> &'i str {
        arn
    }

    fn recall(&self, _: &Box<str>, known: &ServiceRevision) -> Option<Option<ServiceRevision>> {
        Some(Some(known.clone()))
    }

    fn keep(&self, _: &Box<str>, revision: &Option<ServiceRevision>) -> Option<ServiceRevision> {
        revision.clone().filter(|revision| are_resolved(&revision.container_images))
    }

    async fn read(&self, arns: Vec<Box<str>>) -> Read<Self> {
        let revisions = self.0.describe_service_revisions(&arns).await?;
        Ok(by_name(arns, revisions, |revision| &revision.service_revision_arn))
    }
}

impl Reader<'_> {
    /// The revisions of these names, as they come. Gives the names of those that are missing, among
    /// which none that is current may be.
    pub(super) async fn service_revisions<'r>(
        &'r self,
        scan: &Scan<'_>,
        memory: &Memory<'r>,
        arns: impl Stream<Item = Box<str>>,
        mut found: impl FnMut(ServiceRevision),
    ) -> Result<BTreeSet<Box<str>>, ScanError> {
        let mut missing = BTreeSet::new();
        let revisions = ServiceRevisions(self);
        let reading =
            memory.revisions.read_through(scan, &revisions, arns, |arn, revision| match revision {
                Some(revision) => found(revision),
                None => drop(missing.insert(arn)),
            });
        reading.await?;
        Ok(missing)
    }

    /// Checks that none of these is missing.
    pub(super) fn check_current(
        &self,
        current: &BTreeSet<Box<str>>,
        missing: &BTreeSet<Box<str>>,
    ) -> Result<(), AwsError> {
        let Some(arn) = current.intersection(missing).next() else { return Ok(()) };
        let call = self.call("DescribeServiceRevisions").about(arn);
        Err(call.unreadable("a service's current revision is missing"))
    }

    async fn describe_service_revisions(
        &self,
        arns: &[Box<str>],
    ) -> Result<Vec<ServiceRevision>, AwsError> {
        let ask = |arns: Vec<_>| async move { self.ask_for_service_revisions(&arns).await };
        self.all_there(arns, ask).await
    }

    /// Those that are there, and the names of those that are missing.
    async fn ask_for_service_revisions(
        &self,
        arns: &[Box<str>],
    ) -> Result<(Vec<ServiceRevision>, Vec<Box<str>>), AwsError> {
        let call = self.call("DescribeServiceRevisions");
        let answer = self
            .client(Rated::Revisions)
            .describe_service_revisions()
            .set_service_revision_arns(Some(arns.iter().map(ToString::to_string).collect()))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let revisions: Vec<ServiceRevision> = answer
            .service_revisions
            .iter()
            .flatten()
            .map(|revision| read_revision(&call, revision))
            .collect::<Result<_, _>>()?;
        let described = revisions.iter().map(|revision| &*revision.service_revision_arn);
        let missing = check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok((revisions, missing))
    }
}

/// Whether a revision shows its images, and says the digest of each.
pub(super) fn are_resolved(images: &[ContainerImage]) -> bool {
    !images.is_empty() && images.iter().all(|image| image.image_digest.is_some())
}

fn read_revision(
    call: &Call<'_>,
    revision: &sdk::ServiceRevision,
) -> Result<ServiceRevision, AwsError> {
    let arn = call.sent_text("serviceRevisionArn", revision.service_revision_arn())?;
    let call = &call.about(&arn);
    let image = |image: &sdk::ContainerImage| {
        Ok(ContainerImage {
            container_name: image.container_name().map(Into::into),
            image: call.sent_text("container's image", image.image())?,
            image_digest: image.image_digest().filter(|text| !text.is_empty()).map(Into::into),
        })
    };
    Ok(ServiceRevision {
        service_arn: call.sent_text("serviceArn", revision.service_arn())?,
        cluster_arn: call.sent_text("clusterArn", revision.cluster_arn())?,
        task_definition: call.sent_text("taskDefinition", revision.task_definition())?,
        created_at: timestamp(call, "createdAt", revision.created_at())?,
        container_images: revision
            .container_images()
            .iter()
            .map(image)
            .collect::<Result<_, _>>()?,
        service_revision_arn: arn.clone(),
    })
}

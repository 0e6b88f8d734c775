//! Service deployments and service revisions: what a service resolved its images to, and what it
//! could roll back to.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{self as sdk, ServiceDeploymentBrief, ServiceDeploymentStatus};
use aws_smithy_types::DateTime;

use super::reader::{NAMES_A_PAGE, Reader, check_answered};
use super::shapes::{
    ContainerImage, RevisionName, Rollback, Service, ServiceDeployment, ServiceRevision,
};
use super::tasks::none_if_gone;
use crate::AwsError;
use crate::call::Call;
use crate::concurrently::batches;
use crate::paging::{Page, every_page};
use crate::time::timestamp;

/// The most service deployments, or service revisions, that one call describes.
const A_CALL: usize = 20;

impl Reader<'_> {
    /// Of each service the deployments that a rollback can still start from: the current one,
    /// the newest that succeeded, and all that are under way.
    pub(super) async fn service_deployments(
        &self,
        services: &[Service],
    ) -> Result<Vec<ServiceDeployment>, AwsError> {
        let deployed = services.iter().filter_map(|service| {
            let current = service.current_service_deployment.clone()?;
            Some((service.cluster_arn.clone(), service.service_arn.clone(), current))
        });
        let arns = self
            .all(deployed.collect(), |(cluster, service, current)| async move {
                self.service_deployment_arns(&cluster, &service, current).await
            })
            .await?;
        self.all(batches(&arns, A_CALL), |batch| async move {
            self.describe_service_deployments(&batch).await
        })
        .await
    }

    async fn service_deployment_arns(
        &self,
        cluster: &str,
        service: &str,
        current: Box<str>,
    ) -> Result<Vec<Box<str>>, AwsError> {
        let call = &self.call("ListServiceDeployments").about(service);
        let deployments = every_page(call, |token| {
            let list = self
                .client
                .list_service_deployments()
                .service(service)
                .cluster(cluster)
                .max_results(NAMES_A_PAGE)
                .set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                let items = call.sent("serviceDeployments", page.service_deployments)?;
                Ok(Page { items, next: page.next_token })
            }
        })
        .await;
        let deployments = none_if_gone(deployments)?;
        let newest_success = deployments
            .iter()
            .filter(|deployment| deployment.status() == Some(&ServiceDeploymentStatus::Successful))
            .max_by_key(|deployment| deployment.created_at().map(DateTime::as_nanos));
        let mut arns = BTreeSet::from([current]);
        for deployment in
            deployments.iter().filter(|deployment| !is_over(deployment)).chain(newest_success)
        {
            arns.insert(
                call.sent_text("serviceDeploymentArn", deployment.service_deployment_arn())?,
            );
        }
        Ok(arns.into_iter().collect())
    }

    async fn describe_service_deployments(
        &self,
        arns: &[Box<str>],
    ) -> Result<Vec<ServiceDeployment>, AwsError> {
        let call = self.call("DescribeServiceDeployments");
        let answer = self
            .client
            .describe_service_deployments()
            .set_service_deployment_arns(Some(arns.iter().map(ToString::to_string).collect()))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let deployments: Vec<ServiceDeployment> = answer
            .service_deployments
            .iter()
            .flatten()
            .map(|deployment| read_deployment(&call, deployment))
            .collect::<Result<_, _>>()?;
        let described = deployments.iter().map(|deployment| &*deployment.service_deployment_arn);
        check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok(deployments)
    }

    /// These revisions. One of the current ones may not be missing: `current` names those.
    pub(super) async fn service_revisions(
        &self,
        arns: &BTreeSet<Box<str>>,
        current: &BTreeSet<&str>,
    ) -> Result<Vec<ServiceRevision>, AwsError> {
        let arns: Vec<Box<str>> = arns.iter().cloned().collect();
        self.all(batches(&arns, A_CALL), |batch| async move {
            self.describe_service_revisions(&batch, current).await
        })
        .await
    }

    async fn describe_service_revisions(
        &self,
        arns: &[Box<str>],
        current: &BTreeSet<&str>,
    ) -> Result<Vec<ServiceRevision>, AwsError> {
        let call = self.call("DescribeServiceRevisions");
        let answer = self
            .client
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
        if let Some(missing) = missing.into_iter().find(|arn| current.contains(arn)) {
            return Err(call.about(missing).unreadable("a service's current revision is missing"));
        }
        Ok(revisions)
    }
}

/// Whether a deployment has ended. One whose status is not known has not.
fn is_over(deployment: &ServiceDeploymentBrief) -> bool {
    matches!(
        deployment.status(),
        Some(
            ServiceDeploymentStatus::Successful
                | ServiceDeploymentStatus::Stopped
                | ServiceDeploymentStatus::RollbackSuccessful
                | ServiceDeploymentStatus::RollbackFailed
        )
    )
}

fn read_deployment(
    call: &Call<'_>,
    deployment: &sdk::ServiceDeployment,
) -> Result<ServiceDeployment, AwsError> {
    let arn = call.sent_text("serviceDeploymentArn", deployment.service_deployment_arn())?;
    let call = &call.about(&arn);
    let revision = |revision: &sdk::ServiceRevisionSummary| {
        Ok(RevisionName { arn: call.sent_text("service revision's ARN", revision.arn())? })
    };
    let rollback = deployment.rollback().and_then(|rollback| rollback.service_revision_arn());
    Ok(ServiceDeployment {
        service_arn: call.sent_text("serviceArn", deployment.service_arn())?,
        cluster_arn: call.sent_text("clusterArn", deployment.cluster_arn())?,
        status: deployment.status().map(|status| status.as_str().into()),
        created_at: timestamp(call, "createdAt", deployment.created_at())?,
        source_service_revisions: deployment
            .source_service_revisions()
            .iter()
            .map(revision)
            .collect::<Result<_, _>>()?,
        target_service_revision: deployment.target_service_revision().map(revision).transpose()?,
        rollback: rollback.map(|arn| Rollback { service_revision_arn: arn.into() }),
        service_deployment_arn: arn.clone(),
    })
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

//! Service deployments: what a service could roll back to.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{self as sdk, ServiceDeploymentBrief, ServiceDeploymentStatus};
use aws_smithy_types::DateTime;
use futures::channel::mpsc;
use futures::{Stream, try_join};
use serde::{Deserialize, Serialize};

use super::clients::Rated;
use super::memory::Memory;
use super::reader::{NAMES_A_PAGE, Reader, check_answered};
use super::services::Steady;
use super::shapes::{RevisionName, Rollback, ServiceDeployment};
use crate::AwsError;
use crate::call::Call;
use crate::concurrently::hand_on;
use crate::paging::{Page, every_page};
use crate::sources::cache::{Read, ReadOnce, one_by_one};
use crate::sources::{Scan, ScanError, to_its_end};
use crate::time::timestamp;

/// A service that has been deployed since there are service deployments.
pub(super) struct Deployed {
    pub(super) cluster: Box<str>,
    pub(super) service: Box<str>,
    /// Its current deployment.
    pub(super) current: Box<str>,
    /// What it says of itself, if no deployment is under way.
    pub(super) steady: Option<Steady>,
}

/// The deployments of a service that a rollback can still start from: the current one, the newest
/// that succeeded, and all that are under way.
pub(super) struct Listed {
    arns: BTreeSet<Box<str>>,
    /// Whether none is under way.
    are_over: bool,
}

/// The same, while nothing is deployed. Every deployment is the service's most recent one at first,
/// with an id of its own: while the service has the one that it had, there is no other.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListedOnce {
    steady: Steady,
    arns: BTreeSet<Box<str>>,
}

/// Reads which deployments of a service count.
pub(super) struct DeploymentLists<'a>(&'a Reader<'a>);

impl ReadOnce for DeploymentLists<'_> {
    type Item = Deployed;
    type Value = Listed;
    type Kept = ListedOnce;

    const NAME: &'static str = "ecs-service-deployment-lists";

    fn key<'i>(&self, service: &'i Deployed) -> &'i str {
        &service.service
    }

    fn recall(&self, service: &Deployed, known: &ListedOnce) -> Option<Listed> {
        let is_same = service.steady.as_ref() == Some(&known.steady);
        is_same.then(|| Listed { arns: known.arns.clone(), are_over: true })
    }

    fn keep(&self, service: &Deployed, listed: &Listed) -> Option<ListedOnce> {
        let steady = service.steady.clone().filter(|_| listed.are_over)?;
        Some(ListedOnce { steady, arns: listed.arns.clone() })
    }

    async fn read(&self, services: Vec<Deployed>) -> Read<Self> {
        let read = async |service: Deployed| {
            let listed = self.0.list_service_deployments(&service).await?;
            Ok(Some((service, listed)))
        };
        one_by_one(services, read).await
    }
}

/// Describes deployments. One that is over never changes: it is read-only, and has an id of its
/// own.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html>
pub(super) struct ServiceDeployments<'a>(&'a Reader<'a>);

impl ReadOnce for ServiceDeployments<'_> {
    type Item = Box<str>;
    type Value = ServiceDeployment;
    type Kept = ServiceDeployment;

    const NAME: &'static str = "ecs-service-deployments";
    const A_CALL: usize = 20;

    fn key<'i>(&self, arn: &'i Box<str>) -> &'i str {
        arn
    }

    fn recall(&self, _: &Box<str>, known: &ServiceDeployment) -> Option<ServiceDeployment> {
        Some(known.clone())
    }

    fn keep(&self, _: &Box<str>, deployment: &ServiceDeployment) -> Option<ServiceDeployment> {
        let status = deployment.status.as_deref().map(ServiceDeploymentStatus::from);
        Some(deployment.clone()).filter(|_| is_over(status.as_ref()))
    }

    async fn read(&self, arns: Vec<Box<str>>) -> Read<Self> {
        let deployments = self.0.describe_service_deployments(&arns).await?;
        Ok(deployments.into_iter().map(|it| (it.service_deployment_arn.clone(), it)).collect())
    }
}

impl Reader<'_> {
    /// The deployments of services that a rollback can still start from, as they come.
    pub(super) async fn service_deployments<'r>(
        &'r self,
        scan: &Scan<'_>,
        memory: &Memory<'r>,
        services: impl Stream<Item = Deployed>,
        mut found: impl FnMut(ServiceDeployment),
    ) -> Result<(), ScanError> {
        let (arns, listed) = mpsc::unbounded();
        let lists = DeploymentLists(self);
        let listing = async move {
            let name =
                |_, listed: Listed| listed.arns.into_iter().for_each(|it| hand_on(&arns, it));
            memory.deployment_lists.read_through(scan, &lists, services, name).await
        };
        let deployments = ServiceDeployments(self);
        let describing = memory.deployments.read_through(scan, &deployments, listed, |_, it| {
            found(it);
        });
        let (listing, describing) = try_join!(to_its_end(listing), to_its_end(describing))?;
        listing.and(describing)
    }

    async fn list_service_deployments(&self, service: &Deployed) -> Result<Listed, AwsError> {
        let Deployed { cluster, service, current, .. } = service;
        let call = &self.call("ListServiceDeployments").about(service);
        let page = |token| {
            let list = self
                .client(Rated::Deployments)
                .list_service_deployments()
                .service(&**service)
                .cluster(&**cluster)
                .max_results(NAMES_A_PAGE)
                .set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                let items = call.sent("serviceDeployments", page.service_deployments)?;
                Ok(Page { items, next: page.next_token })
            }
        };
        // Nothing is of a service that was deleted since it was described.
        let deployments =
            self.unless_gone(|| every_page(call, page)).await?.unwrap_or_else(Vec::new);
        let time =
            |deployment: &&ServiceDeploymentBrief| deployment.created_at().map(DateTime::as_nanos);
        let succeeded = deployments
            .iter()
            .filter(|deployment| deployment.status() == Some(&ServiceDeploymentStatus::Successful));
        let newest = succeeded.clone().filter_map(|deployment| time(&deployment)).max();
        // One that does not say its time may be the newest.
        let newest_success =
            succeeded.filter(|deployment| time(deployment).is_none_or(|time| Some(time) == newest));
        let under_way = |deployment: &&ServiceDeploymentBrief| !is_over(deployment.status());
        let mut arns = BTreeSet::from([current.clone()]);
        for deployment in deployments.iter().filter(under_way).chain(newest_success) {
            arns.insert(
                call.sent_text("serviceDeploymentArn", deployment.service_deployment_arn())?,
            );
        }
        let are_over = !deployments.is_empty() && !deployments.iter().any(|it| under_way(&it));
        Ok(Listed { arns, are_over })
    }

    async fn describe_service_deployments(
        &self,
        arns: &[Box<str>],
    ) -> Result<Vec<ServiceDeployment>, AwsError> {
        let ask = |arns: Vec<_>| async move { self.ask_for_service_deployments(&arns).await };
        self.all_there(arns, ask).await
    }

    /// Those that are there, and the names of those that are missing.
    async fn ask_for_service_deployments(
        &self,
        arns: &[Box<str>],
    ) -> Result<(Vec<ServiceDeployment>, Vec<Box<str>>), AwsError> {
        let call = self.call("DescribeServiceDeployments");
        let answer = self
            .client(Rated::Deployments)
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
        let missing = check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok((deployments, missing))
    }
}

/// Whether a deployment with this status has ended. One whose status is not known has not.
fn is_over(status: Option<&ServiceDeploymentStatus>) -> bool {
    matches!(
        status,
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
        rollback: rollback(call, deployment)?,
        service_deployment_arn: arn.clone(),
    })
}

/// What a deployment goes back to. That a rollback is meant does not say that there is anything: the first
/// deployment of a service has none before it, and then ends as one whose rollback failed. One that goes
/// back, or has gone, does so to a revision.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Rollback.html>
fn rollback(
    call: &Call<'_>,
    deployment: &sdk::ServiceDeployment,
) -> Result<Option<Rollback>, AwsError> {
    let goes_back = matches!(
        deployment.status(),
        Some(
            ServiceDeploymentStatus::RollbackInProgress
                | ServiceDeploymentStatus::RollbackSuccessful
        )
    );
    let arn = deployment.rollback().and_then(|rollback| rollback.service_revision_arn());
    if goes_back {
        let service_revision_arn = call.sent_text("rollback.serviceRevisionArn", arn)?;
        return Ok(Some(Rollback { service_revision_arn }));
    }
    Ok(arn.map(|arn| Rollback { service_revision_arn: arn.into() }))
}

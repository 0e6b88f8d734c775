//! Services: their deployments, their task sets, their revisions.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{self as sdk, DeploymentRolloutState};
use futures::channel::mpsc::{self, UnboundedSender};
use futures::{Stream, StreamExt, join};
use serde::{Deserialize, Serialize};

use super::clients::Rated;
use super::reader::{Batch, Batches, NAMES_A_PAGE, Reader, check_answered, looks_again};
use super::shapes::{Deployment, RevisionName, Service, TaskSet};
use crate::AwsError;
use crate::call::Call;
use crate::concurrently::{each_answer, hand_on};
use crate::paging::{Page, each_page};
use crate::time::timestamp;

/// The most services that one call describes.
const SERVICES_A_CALL: usize = 10;

/// What a service says of itself while no deployment of it is under way.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Steady {
    /// The id of its only deployment, which is the most recent one.
    deployment: Box<str>,
    service_deployment: Box<str>,
    service_revisions: BTreeSet<Box<str>>,
    task_definition: Box<str>,
}

impl Steady {
    fn of(service: &sdk::Service) -> Option<Self> {
        let [deployment] = service.deployments() else { return None };
        let is_over = deployment.status() == Some("PRIMARY")
            && deployment.rollout_state() == Some(&DeploymentRolloutState::Completed)
            && service.task_sets().is_empty();
        let revisions = service.current_service_revisions().iter();
        let steady = Self {
            deployment: deployment.id()?.into(),
            service_deployment: service.current_service_deployment()?.into(),
            service_revisions: revisions
                .map(|revision| revision.arn().map(Into::into))
                .collect::<Option<_>>()?,
            task_definition: deployment.task_definition()?.into(),
        };
        Some(steady).filter(|_| is_over)
    }
}

impl Reader<'_> {
    /// The services of clusters, in their order: those of a page are described while the next is
    /// listed.
    pub(super) async fn services(
        &self,
        clusters: impl Stream<Item = Box<str>>,
        mut found: impl FnMut(Service, Option<Steady>),
    ) -> Result<(), AwsError> {
        let (of_clusters, listed) = mpsc::unbounded();
        let list = move |cluster: Box<str>| {
            let (batches, of_cluster) = mpsc::unbounded();
            hand_on(&of_clusters, of_cluster);
            async move { self.list_services(&cluster, batches).await }
        };
        let describe = async |(cluster, arns): Batch| self.describe_services(&cluster, &arns).await;
        let (listing, describing) = join!(
            each_answer(self.concurrency, clusters, list, |()| {}),
            each_answer(self.concurrency, listed.flatten(), describe, |services: Vec<_>| {
                for (service, steady) in services {
                    found(service, steady);
                }
            }),
        );
        listing.and(describing)
    }

    async fn list_services(
        &self,
        cluster: &str,
        to: UnboundedSender<Batch>,
    ) -> Result<(), AwsError> {
        let call = &self.call("ListServices").about(cluster);
        let mut batches = Batches::of(cluster, SERVICES_A_CALL, to);
        let page = |token| {
            let list = self
                .client(Rated::Services)
                .list_services()
                .cluster(cluster)
                .max_results(NAMES_A_PAGE)
                .set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                let items = call.sent("serviceArns", page.service_arns)?;
                Ok(Page { items, next: page.next_token })
            }
        };
        let mut looks = self.looks;
        while let Err(error) = each_page(call, page, |arns| batches.add(arns)).await {
            if !looks_again(&mut looks, error).await? {
                break;
            }
        }
        batches.end();
        Ok(())
    }

    async fn describe_services(
        &self,
        cluster: &str,
        arns: &[Box<str>],
    ) -> Result<Vec<(Service, Option<Steady>)>, AwsError> {
        let ask = |arns: Vec<_>| async move { self.ask_for_services(cluster, &arns).await };
        self.all_there(arns, ask).await
    }

    /// Those that are there, and the names of those that are missing.
    async fn ask_for_services(
        &self,
        cluster: &str,
        arns: &[Box<str>],
    ) -> Result<(Vec<(Service, Option<Steady>)>, Vec<Box<str>>), AwsError> {
        let call = self.call("DescribeServices").about(cluster);
        let answer = self
            .client(Rated::Services)
            .describe_services()
            .cluster(cluster)
            .set_services(Some(arns.iter().map(ToString::to_string).collect()))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let services: Vec<(Service, Option<Steady>)> = answer
            .services
            .iter()
            .flatten()
            .map(|service| Ok((read(&call, cluster, service)?, Steady::of(service))))
            .collect::<Result<_, _>>()?;
        let described = services.iter().map(|(service, _)| &*service.service_arn);
        let missing = check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok((services, missing))
    }
}

fn read(call: &Call<'_>, cluster: &str, service: &sdk::Service) -> Result<Service, AwsError> {
    let service_arn = call.sent_text("serviceArn", service.service_arn())?;
    let call = &call.about(&service_arn);
    let deployment = |deployment: &sdk::Deployment| {
        Ok(Deployment {
            id: deployment.id().map(Into::into),
            status: deployment.status().map(Into::into),
            task_definition: call
                .sent_text("deployment's taskDefinition", deployment.task_definition())?,
            created_at: timestamp(call, "createdAt", deployment.created_at())?,
        })
    };
    let task_set = |task_set: &sdk::TaskSet| {
        Ok(TaskSet {
            id: task_set.id().map(Into::into),
            task_set_arn: call.sent_text("taskSetArn", task_set.task_set_arn())?,
            status: task_set.status().map(Into::into),
            task_definition: call
                .sent_text("task set's taskDefinition", task_set.task_definition())?,
            created_at: timestamp(call, "createdAt", task_set.created_at())?,
        })
    };
    let revision = |revision: &sdk::ServiceCurrentRevisionSummary| {
        Ok(RevisionName { arn: call.sent_text("service revision's ARN", revision.arn())? })
    };
    // Which of the two there are depends on what deploys the service.
    if service.deployments.is_none() && service.task_sets.is_none() {
        return Err(call.unreadable("it has neither `deployments` nor `taskSets`"));
    }
    let name = service.service_name().or_else(|| service_arn.rsplit('/').next());
    Ok(Service {
        service_name: call.sent_text("serviceName", name)?,
        cluster_arn: service.cluster_arn().unwrap_or(cluster).into(),
        status: service.status().map(Into::into),
        task_definition: service.task_definition().map(Into::into),
        deployments: service.deployments().iter().map(deployment).collect::<Result<_, _>>()?,
        task_sets: service.task_sets().iter().map(task_set).collect::<Result<_, _>>()?,
        current_service_deployment: service.current_service_deployment().map(Into::into),
        current_service_revisions: service
            .current_service_revisions()
            .iter()
            .map(revision)
            .collect::<Result<_, _>>()?,
        service_arn: service_arn.clone(),
    })
}

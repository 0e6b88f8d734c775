//! Services: their deployments, their task sets, their revisions.

use aws_sdk_ecs::types as sdk;

use super::reader::{NAMES_A_PAGE, Reader, by_cluster, check_answered};
use super::shapes::{Cluster, Deployment, RevisionName, Service, TaskSet};
use super::tasks::none_if_gone;
use crate::AwsError;
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::time::timestamp;

/// The most services that one call describes.
const SERVICES_A_CALL: usize = 10;

impl Reader<'_> {
    pub(super) async fn services(&self, clusters: &[Cluster]) -> Result<Vec<Service>, AwsError> {
        let clusters = clusters.iter().map(|cluster| cluster.cluster_arn.clone()).collect();
        let arns =
            self.all(clusters, |cluster| async move { self.service_arns(&cluster).await }).await?;
        let batches = by_cluster(arns, SERVICES_A_CALL);
        self.all(
            batches,
            |(cluster, arns)| async move { self.describe_services(&cluster, &arns).await },
        )
        .await
    }

    async fn service_arns(&self, cluster: &str) -> Result<Vec<(Box<str>, Box<str>)>, AwsError> {
        let call = &self.call("ListServices").about(cluster);
        let arns = every_page(call, |token| {
            let list = self
                .client
                .list_services()
                .cluster(cluster)
                .max_results(NAMES_A_PAGE)
                .set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                Ok(Page {
                    items: call.sent("serviceArns", page.service_arns)?,
                    next: page.next_token,
                })
            }
        })
        .await;
        Ok(none_if_gone(arns)?.into_iter().map(|arn| (cluster.into(), arn.into())).collect())
    }

    async fn describe_services(
        &self,
        cluster: &str,
        arns: &[Box<str>],
    ) -> Result<Vec<Service>, AwsError> {
        let call = self.call("DescribeServices").about(cluster);
        let answer = self
            .client
            .describe_services()
            .cluster(cluster)
            .set_services(Some(arns.iter().map(ToString::to_string).collect()))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let services: Vec<Service> = answer
            .services
            .iter()
            .flatten()
            .map(|service| read(&call, cluster, service))
            .collect::<Result<_, _>>()?;
        let described = services.iter().map(|service| &*service.service_arn);
        check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok(services)
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

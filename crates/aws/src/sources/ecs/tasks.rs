//! Clusters, and the tasks in them: those that run, and those that stopped not long ago.

use aws_sdk_ecs::types::{self as sdk, DesiredStatus};

use super::reader::{NAMES_A_PAGE, Reader, by_cluster, check_answered};
use super::shapes::{Cluster, Container, Task};
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::{AwsError, AwsErrorKind};

/// The most tasks that one call describes.
const TASKS_A_CALL: usize = 100;

impl Reader<'_> {
    pub(super) async fn clusters(&self) -> Result<Vec<Cluster>, AwsError> {
        let call = &self.call("ListClusters");
        let arns = every_page(call, |token| {
            let list = self.client.list_clusters().max_results(NAMES_A_PAGE).set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                Ok(Page {
                    items: call.sent("clusterArns", page.cluster_arns)?,
                    next: page.next_token,
                })
            }
        })
        .await?;
        let cluster = |arn: String| {
            let name = arn.rsplit('/').next().filter(|name| !name.is_empty());
            Ok(Cluster {
                cluster_name: call.sent("cluster's name", name)?.into(),
                cluster_arn: arn.into(),
            })
        };
        arns.into_iter().map(cluster).collect()
    }

    pub(super) async fn tasks(&self, clusters: &[Cluster]) -> Result<Vec<Task>, AwsError> {
        let lists = clusters.iter().flat_map(|cluster| {
            [DesiredStatus::Running, DesiredStatus::Stopped]
                .map(|status| (cluster.cluster_arn.clone(), status))
        });
        let arns = self
            .all(lists.collect(), |(cluster, status)| async move {
                self.task_arns(&cluster, status).await
            })
            .await?;
        let batches = by_cluster(arns, TASKS_A_CALL);
        self.all(
            batches,
            |(cluster, arns)| async move { self.describe_tasks(&cluster, &arns).await },
        )
        .await
    }

    async fn task_arns(
        &self,
        cluster: &str,
        status: DesiredStatus,
    ) -> Result<Vec<(Box<str>, Box<str>)>, AwsError> {
        let call = &self.call("ListTasks").about(cluster);
        let arns = every_page(call, |token| {
            let list = self
                .client
                .list_tasks()
                .cluster(cluster)
                .desired_status(status.clone())
                .max_results(NAMES_A_PAGE)
                .set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                Ok(Page { items: call.sent("taskArns", page.task_arns)?, next: page.next_token })
            }
        })
        .await;
        Ok(none_if_gone(arns)?.into_iter().map(|arn| (cluster.into(), arn.into())).collect())
    }

    async fn describe_tasks(
        &self,
        cluster: &str,
        arns: &[Box<str>],
    ) -> Result<Vec<Task>, AwsError> {
        let call = self.call("DescribeTasks").about(cluster);
        let answer = self
            .client
            .describe_tasks()
            .cluster(cluster)
            .set_tasks(Some(arns.iter().map(ToString::to_string).collect()))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let tasks = answer.tasks.iter().flatten();
        let tasks: Vec<Task> =
            tasks.map(|task| read(&call, cluster, task)).collect::<Result<_, _>>()?;
        let described = tasks.iter().map(|task| &*task.task_arn);
        check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok(tasks)
    }
}

/// Nothing is in a cluster, or belongs to a service, that was deleted since it was listed.
pub(super) fn none_if_gone<T>(list: Result<Vec<T>, AwsError>) -> Result<Vec<T>, AwsError> {
    match list {
        Err(error) if error.kind == AwsErrorKind::NotFound => Ok(Vec::new()),
        list => list,
    }
}

fn read(call: &Call<'_>, cluster: &str, task: &sdk::Task) -> Result<Task, AwsError> {
    let arn = call.sent_text("taskArn", task.task_arn())?;
    let container = |container: &sdk::Container| {
        Ok(Container {
            name: container.name().map(Into::into),
            image: call.about(&arn).sent_text("container's image", container.image())?,
            image_digest: container.image_digest().filter(|text| !text.is_empty()).map(Into::into),
        })
    };
    Ok(Task {
        containers: task.containers().iter().map(container).collect::<Result<_, _>>()?,
        cluster_arn: task.cluster_arn().unwrap_or(cluster).into(),
        task_definition_arn: task.task_definition_arn().map(Into::into),
        last_status: task.last_status().map(Into::into),
        desired_status: task.desired_status().map(Into::into),
        started_by: task.started_by().map(Into::into),
        task_arn: arn.clone(),
    })
}

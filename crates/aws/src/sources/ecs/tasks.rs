//! Clusters, and the tasks in them: those that run, and those that stopped not long ago.

use aws_sdk_ecs::types::{self as sdk, DesiredStatus};
use futures::channel::mpsc::{self, UnboundedSender};
use futures::{Stream, StreamExt, join};

use super::clients::Rated;
use super::reader::{Batch, Batches, NAMES_A_PAGE, Reader, check_answered, looks_again};
use super::shapes::{Cluster, Container, Task};
use crate::AwsError;
use crate::call::Call;
use crate::concurrently::{each_answer, hand_on};
use crate::paging::{Page, each_page};
use crate::sources::probe::first_found;
use crate::sources::{Found, ScanError};

/// The most tasks that one call describes.
const TASKS_A_CALL: usize = 100;

impl Reader<'_> {
    pub(super) async fn clusters(&self, mut found: impl FnMut(Cluster)) -> Result<(), AwsError> {
        let call = &self.call("ListClusters");
        let page = |token| async move {
            let Page { items, next } = self.page_of_clusters(call, token).await?;
            let clusters = items.into_iter().map(|arn| cluster(call, arn));
            Ok(Page { items: clusters.collect::<Result<_, _>>()?, next })
        };
        each_page(call, page, |clusters| clusters.into_iter().for_each(&mut found)).await
    }

    /// The first clusters, if there are any: what they are made of is not looked at.
    pub(super) async fn first_clusters(&self) -> Result<Option<Found>, ScanError> {
        let call = &self.call("ListClusters");
        let page = |token| async move {
            let Page { items, next } = self.page_of_clusters(call, token).await?;
            Ok(Page { items: items.into_iter().map(Into::into).collect(), next })
        };
        Ok(first_found(call, page).await?)
    }

    /// The ARNs of a page of clusters.
    async fn page_of_clusters(
        &self,
        call: &Call<'_>,
        token: Option<String>,
    ) -> Result<Page<String>, AwsError> {
        let list = self
            .client(Rated::Clusters)
            .list_clusters()
            .max_results(NAMES_A_PAGE)
            .set_next_token(token);
        let page = list.send().await.map_err(|error| call.failed(error))?;
        Ok(Page { items: call.sent("clusterArns", page.cluster_arns)?, next: page.next_token })
    }

    /// The tasks of clusters, in their order: those of a cluster are described while the others are
    /// listed.
    pub(super) async fn tasks(
        &self,
        clusters: impl Stream<Item = Box<str>>,
        mut found: impl FnMut(Task),
    ) -> Result<(), AwsError> {
        let (of_clusters, listed) = mpsc::unbounded();
        let list = move |cluster: Box<str>| {
            let (batches, of_cluster) = mpsc::unbounded();
            hand_on(&of_clusters, of_cluster);
            async move { self.list_tasks(&cluster, batches).await }
        };
        let describe = async |(cluster, arns): Batch| self.describe_tasks(&cluster, &arns).await;
        let (listing, describing) = join!(
            each_answer(self.concurrency, clusters, list, |()| {}),
            each_answer(self.concurrency, listed.flatten(), describe, |tasks: Vec<Task>| {
                tasks.into_iter().for_each(&mut found);
            }),
        );
        listing.and(describing)
    }

    /// Those that run before those that stopped: one that stops in between is among the second.
    async fn list_tasks(&self, cluster: &str, to: UnboundedSender<Batch>) -> Result<(), AwsError> {
        let call = &self.call("ListTasks").about(cluster);
        let mut batches = Batches::of(cluster, TASKS_A_CALL, to);
        for status in [DesiredStatus::Running, DesiredStatus::Stopped] {
            let page = |token| {
                let list = self
                    .client(Rated::Tasks)
                    .list_tasks()
                    .cluster(cluster)
                    .desired_status(status.clone())
                    .max_results(NAMES_A_PAGE)
                    .set_next_token(token);
                async move {
                    let page = list.send().await.map_err(|error| call.failed(error))?;
                    let items = call.sent("taskArns", page.task_arns)?;
                    Ok(Page { items, next: page.next_token })
                }
            };
            let mut looks = self.looks;
            while let Err(error) = each_page(call, page, |arns| batches.add(arns)).await {
                if !looks_again(&mut looks, error).await? {
                    break;
                }
            }
        }
        batches.end();
        Ok(())
    }

    async fn describe_tasks(
        &self,
        cluster: &str,
        arns: &[Box<str>],
    ) -> Result<Vec<Task>, AwsError> {
        let ask = |arns: Vec<_>| async move { self.ask_for_tasks(cluster, &arns).await };
        self.all_there(arns, ask).await
    }

    /// Those that are there, and the names of those that are missing.
    async fn ask_for_tasks(
        &self,
        cluster: &str,
        arns: &[Box<str>],
    ) -> Result<(Vec<Task>, Vec<Box<str>>), AwsError> {
        let call = self.call("DescribeTasks").about(cluster);
        let answer = self
            .client(Rated::Tasks)
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
        let missing = check_answered(&call, arns, described, answer.failures.as_deref())?;
        Ok((tasks, missing))
    }
}

fn cluster(call: &Call<'_>, arn: String) -> Result<Cluster, AwsError> {
    let name = arn.rsplit('/').next().filter(|name| !name.is_empty());
    Ok(Cluster { cluster_name: call.sent("cluster's name", name)?.into(), cluster_arn: arn.into() })
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

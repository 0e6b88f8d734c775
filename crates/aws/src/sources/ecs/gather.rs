//! Everything that is there, read as a graph: each call is made as soon as something names what it
//! is about.
//!
//! ```text
//! ListTaskDefinitions ──────────────────────────────────────────┐
//! ListClusters ─┬─ ListTasks ── DescribeTasks ──────────────────┤
//!               └─ ListServices ── DescribeServices ─┬──────────┤
//!                      ┌─────────────────────────────┤          ├─ DescribeTaskDefinition
//!        ListServiceDeployments             DescribeServiceRevisions
//!                      └─ DescribeServiceDeployments ┘
//! ```
//!
//! Managed daemons have a graph of their own, beside it.
//!
//! What names something is read before what it names, so that a deployment in between cannot name
//! a revision that is not read.
//!
//! When nothing has changed since the scan before, what is left are the calls of which nothing
//! tells that their answers are the same:
//!
//! - the lists of clusters, tasks, services, task definitions and daemons: nothing else says what
//!   there is;
//! - `DescribeTasks`, `DescribeServices` and `DescribeDaemon`: the lists have names alone;
//! - `DescribeTaskDefinition` of what is not ACTIVE: its status may have changed, and no list that
//!   is read anyway has it;
//! - `ListServiceDeployments` of services that are being deployed, or that do not say that they are
//!   not; `DescribeServiceDeployments` of what is under way; `DescribeServiceRevisions` of what has
//!   not resolved its images yet.

use std::collections::BTreeSet;

use futures::channel::mpsc::{self, UnboundedSender};
use futures::try_join;

use super::daemons::Daemons;
use super::definitions::{Definitions, Named};
use super::deployments::Deployed;
use super::memory::Memory;
use super::reader::Reader;
use super::shapes::{Cluster, Service, ServiceDeployment, ServiceRevision, Task};
use crate::concurrently::hand_on;
use crate::sources::{Scan, ScanError, to_its_end};

/// What a scan read: each list sorted by name.
pub(super) struct Seen {
    pub(super) clusters: Vec<Cluster>,
    pub(super) tasks: Vec<Task>,
    pub(super) services: Vec<Service>,
    pub(super) service_deployments: Vec<ServiceDeployment>,
    pub(super) service_revisions: Vec<ServiceRevision>,
    pub(super) definitions: Definitions,
    pub(super) daemons: Daemons,
}

/// Reads everything, or ends with an error: of several the first in the order of the graph.
pub(super) async fn gather<'r>(
    reader: &'r Reader<'r>,
    scan: &Scan<'_>,
    memory: &Memory<'r>,
) -> Result<Seen, ScanError> {
    let (of_tasks, clusters_with_tasks) = mpsc::unbounded();
    let (of_services, clusters_with_services) = mpsc::unbounded();
    let (of_daemons, clusters_with_daemons) = mpsc::unbounded();
    let (deployed, services_deployed) = mpsc::unbounded();
    let (of_services_revisions, revisions) = mpsc::unbounded();
    let of_deployments_revisions = of_services_revisions.clone();
    let (of_revisions, named) = mpsc::unbounded();
    let (by_tasks, by_services) = (of_revisions.clone(), of_revisions.clone());

    let clusters = async move {
        let mut clusters = Vec::new();
        reader
            .clusters(|cluster| {
                hand_on(&of_tasks, cluster.cluster_arn.clone());
                hand_on(&of_services, cluster.cluster_arn.clone());
                hand_on(&of_daemons, cluster.cluster_arn.clone());
                clusters.push(cluster);
            })
            .await?;
        Ok::<_, ScanError>(clusters)
    };
    let tasks = async move {
        let mut tasks = Vec::new();
        reader
            .tasks(clusters_with_tasks, |task| {
                name_of_task(&task, &by_tasks);
                tasks.push(task);
            })
            .await?;
        Ok(tasks)
    };
    let services = async move {
        let mut services = Vec::new();
        reader
            .services(clusters_with_services, |service, steady| {
                names_of_service(&service, &by_services);
                for revision in &service.current_service_revisions {
                    hand_on(&of_services_revisions, revision.arn.clone());
                }
                if let Some(current) = service.current_service_deployment.clone() {
                    let (cluster, service) =
                        (service.cluster_arn.clone(), service.service_arn.clone());
                    hand_on(&deployed, Deployed { cluster, service, current, steady });
                }
                services.push(service);
            })
            .await?;
        Ok(services)
    };
    let deployments = async move {
        let mut deployments = Vec::new();
        reader
            .service_deployments(scan, memory, services_deployed, |deployment| {
                for arn in revisions_of(&deployment) {
                    hand_on(&of_deployments_revisions, arn.clone());
                }
                deployments.push(deployment);
            })
            .await?;
        Ok(deployments)
    };
    let revisions = async move {
        let mut found = Vec::new();
        let missing = reader
            .service_revisions(scan, memory, revisions, |revision| {
                name(&of_revisions, revision.task_definition.clone(), true);
                found.push(revision);
            })
            .await?;
        Ok((found, missing))
    };
    let definitions = reader.definitions(scan, memory, named);
    let daemons = reader.daemons(scan, memory, clusters_with_daemons);

    let (clusters, tasks, services, deployments, revisions, definitions, daemons) = try_join!(
        to_its_end(clusters),
        to_its_end(tasks),
        to_its_end(services),
        to_its_end(deployments),
        to_its_end(revisions),
        to_its_end(definitions),
        to_its_end(daemons),
    )?;
    let (clusters, tasks, services) = (clusters?, tasks?, services?);
    let (service_deployments, (service_revisions, missing)) = (deployments?, revisions?);
    let (definitions, daemons) = (definitions?, daemons?);
    reader.check_current(&current(&services), &missing)?;
    let mut seen = Seen {
        clusters,
        tasks,
        services,
        service_deployments,
        service_revisions,
        definitions,
        daemons,
    };
    seen.sort();
    Ok(seen)
}

impl Seen {
    fn sort(&mut self) {
        self.clusters.sort_by(|one, other| one.cluster_arn.cmp(&other.cluster_arn));
        self.tasks.sort_by(|one, other| one.task_arn.cmp(&other.task_arn));
        self.services.sort_by(|one, other| one.service_arn.cmp(&other.service_arn));
        self.service_deployments
            .sort_by(|one, other| one.service_deployment_arn.cmp(&other.service_deployment_arn));
        self.service_revisions
            .sort_by(|one, other| one.service_revision_arn.cmp(&other.service_revision_arn));
    }
}

/// The revisions that are the current ones of services.
fn current(services: &[Service]) -> BTreeSet<Box<str>> {
    let current = services.iter().flat_map(|service| &service.current_service_revisions);
    current.map(|revision| revision.arn.clone()).collect()
}

/// The revisions that a deployment names: what it replaces, what it rolls out, what it rolls back
/// to.
fn revisions_of(deployment: &ServiceDeployment) -> impl Iterator<Item = &Box<str>> {
    let ServiceDeployment {
        source_service_revisions: sources,
        target_service_revision: target,
        rollback,
        ..
    } = deployment;
    sources
        .iter()
        .chain(target)
        .map(|revision| &revision.arn)
        .chain(rollback.iter().map(|rollback| &rollback.service_revision_arn))
}

fn name_of_task(task: &Task, to: &UnboundedSender<Named>) {
    if let Some(definition) = task.task_definition_arn.clone() {
        // A task that does not show its containers yet leaves it to the definition.
        name(to, definition, task.containers.is_empty());
    }
}

fn names_of_service(service: &Service, to: &UnboundedSender<Named>) {
    let deployments = service.deployments.iter().map(|it| &it.task_definition);
    let task_sets = service.task_sets.iter().map(|it| &it.task_definition);
    for definition in service.task_definition.iter().chain(deployments).chain(task_sets) {
        name(to, definition.clone(), true);
    }
}

fn name(to: &UnboundedSender<Named>, definition: Box<str>, is_needed: bool) {
    hand_on(to, Named { definition, is_needed });
}

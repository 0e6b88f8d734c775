//! Amazon ECS: tasks, services with their deployments, task sets and revisions, the ACTIVE revisions
//! of every task-definition family, and managed daemons.
//!
//! ECS resolves a tag once a deployment and keeps to that digest, wherever the tag goes: so the
//! digests of tasks and of service revisions are read, besides what task definitions spell.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html>

mod clients;
mod daemons;
mod definitions;
mod deployments;
mod gather;
mod memory;
mod pinned;
mod reader;
mod revisions;
mod services;
mod shapes;
mod tasks;
mod usage;

use ecr_sweep_core::{Place, Source};
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Resource};
use futures::future::BoxFuture;
use serde::Serialize;

use super::permission::{Permission, PermittedCalls, PermittedOn};
use super::probe::{Look, first_of};
use super::{Found, Scan, ScanError, Scanned, UsageSource};
use crate::answer::Answers;
use gather::{Seen, gather};
use memory::Memory;
use reader::Reader;
use shapes::TaskDefinition;

/// What is described by name may be left out of its list, and is among the failures then.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html>
const ANSWERS: Answers = &[
    ("DescribeDaemon", &["daemon.currentRevisions[].arn", "daemon.daemonArn"]),
    ("DescribeDaemonDeployments", &["daemonDeployments?[].daemonDeploymentArn"]),
    ("DescribeDaemonRevisions", &["daemonRevisions?[].daemonRevisionArn"]),
    ("DescribeDaemonTaskDefinition", &["daemonTaskDefinition.containerDefinitions[].image"]),
    ("DescribeServiceDeployments", &["serviceDeployments?[].serviceDeploymentArn"]),
    ("DescribeServiceRevisions", &["serviceRevisions?[].serviceRevisionArn"]),
    ("DescribeServices", &["services?[].serviceArn"]),
    ("DescribeTaskDefinition", &["taskDefinition.containerDefinitions[].image"]),
    ("DescribeTasks", &["tasks?[].taskArn"]),
    ("ListClusters", &["clusterArns[]"]),
    (
        "ListDaemonTaskDefinitions",
        &["daemonTaskDefinitions[].arn", "daemonTaskDefinitions[].status"],
    ),
    ("ListDaemons", &["daemonSummariesList[].daemonArn"]),
    ("ListServiceDeployments", &["serviceDeployments[].serviceDeploymentArn"]),
    ("ListServices", &["serviceArns[]"]),
    ("ListTaskDefinitions", &["taskDefinitionArns[]"]),
    ("ListTasks", &["taskArns[]"]),
];

const PERMISSIONS: &[Permission] = &[Permission {
    resource: PermittedOn::Everything,
    because: "Whatever runs anywhere in the account could use an image: one cluster that is not \
              read is one that loses its images. Half of these calls know no resource; all of \
              them read.",
    calls: &[
        PermittedCalls {
            actions: &["ecs:ListClusters", "ecs:ListTasks", "ecs:DescribeTasks"],
            purpose: "running and stopped tasks",
        },
        PermittedCalls {
            actions: &["ecs:ListServices", "ecs:DescribeServices"],
            purpose: "deployments and task sets",
        },
        PermittedCalls {
            actions: &[
                "ecs:ListServiceDeployments",
                "ecs:DescribeServiceDeployments",
                "ecs:DescribeServiceRevisions",
            ],
            purpose: "the digests that services resolved, those that a rollback would use included",
        },
        PermittedCalls {
            actions: &["ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"],
            purpose: "the images of every active revision",
        },
        PermittedCalls {
            actions: &[
                "ecs:ListDaemonTaskDefinitions",
                "ecs:DescribeDaemonTaskDefinition",
                "ecs:ListDaemons",
                "ecs:DescribeDaemon",
                "ecs:DescribeDaemonDeployments",
                "ecs:DescribeDaemonRevisions",
            ],
            purpose: "what managed daemons run, those that a rollback would use included",
        },
    ],
}];

/// Amazon ECS.
#[derive(Debug)]
pub(super) struct Ecs;

impl UsageSource for Ecs {
    fn source(&self) -> Source {
        Source::Ecs
    }

    fn permissions(&self) -> &'static [Permission] {
        PERMISSIONS
    }

    fn scan<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Scanned, ScanError>> {
        Box::pin(scan_clusters(scan))
    }

    fn probe<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Option<Found>, ScanError>> {
        Box::pin(async move {
            let place = &scan.account_and_region();
            let reader = Reader::new(scan, place);
            first_of([
                Box::pin(reader.first_clusters()) as Look<'_>,
                Box::pin(reader.first_definitions()),
                Box::pin(reader.first_daemon_definitions()),
            ])
            .await
        })
    }
}

async fn scan_clusters(scan: &Scan<'_>) -> Result<Scanned, ScanError> {
    let place = &scan.account_and_region();
    let reader = Reader::new(scan, place);
    let memory = Memory::new(scan);
    let seen = scan.in_time(Box::pin(gather(&reader, scan, &memory))).await;
    let written = memory.write(scan.cache, seen.is_ok()).await;
    let seen = seen?;
    written?;
    Ok(Scanned::of(usage::usage(&seen, scan)?, seen.workloads(place)?))
}

impl Seen {
    fn workloads(&self, place: &Place) -> Result<PlaceWorkloads, ScanError> {
        let by_arn: std::collections::BTreeMap<&str, &TaskDefinition> = self
            .definitions
            .by_name
            .values()
            .map(|definition| (&*definition.task_definition_arn, definition))
            .collect();
        Ok(PlaceWorkloads::nothing(Source::Ecs, place.clone())
            .with("clusters", resources(place, &self.clusters)?)
            .with("services", resources(place, &self.services)?)
            .with("tasks", resources(place, &self.tasks)?)
            .with("task_definitions", resources(place, by_arn.values())?)
            .with("service_revisions", resources(place, &self.service_revisions)?)
            .with("service_deployments", resources(place, &self.service_deployments)?)
            .with("daemons", resources(place, &self.daemons.all)?)
            .with("daemon_deployments", resources(place, &self.daemons.deployments)?)
            .with("daemon_revisions", resources(place, &self.daemons.revisions)?)
            .with("daemon_task_definitions", resources(place, self.daemons.definitions.values())?))
    }
}

fn resources<'a, T: Serialize + 'a>(
    place: &Place,
    shapes: impl IntoIterator<Item = &'a T>,
) -> Result<Vec<Resource>, ScanError> {
    shapes
        .into_iter()
        .map(|shape| {
            shapes::resource(shape)
                .map_err(|error| ScanError::unreadable(&place.to_string(), error.to_string()))
        })
        .collect()
}

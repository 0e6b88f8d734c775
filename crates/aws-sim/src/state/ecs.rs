//! Amazon ECS in one account and Region, in the API's own shapes.

use std::collections::BTreeMap;

use ecr_sweep_core::{Place, Source};
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Resource};
use jiff::Timestamp;
use serde_json::Value;

use super::NotASeed;
use crate::arn::arn;

/// What runs, by ARN; task definitions by family and revision.
#[derive(Debug, Default)]
pub(crate) struct Ecs {
    pub(crate) clusters: BTreeMap<String, Resource>,
    pub(crate) services: BTreeMap<String, Resource>,
    pub(crate) tasks: BTreeMap<String, Resource>,
    pub(crate) task_definitions: BTreeMap<(String, u32), Resource>,
    pub(crate) service_revisions: BTreeMap<String, Resource>,
    pub(crate) service_deployments: BTreeMap<String, Resource>,
    pub(crate) daemons: BTreeMap<String, Resource>,
    pub(crate) daemon_deployments: BTreeMap<String, Resource>,
    pub(crate) daemon_revisions: BTreeMap<String, Resource>,
    pub(crate) daemon_task_definitions: BTreeMap<String, Resource>,
}

impl Ecs {
    /// Adds what a snapshot describes. What a resource leaves out and its ARN says is filled in;
    /// so are the clusters of services and tasks, where nothing describes them.
    pub(super) fn seed(
        &mut self,
        place: &Place,
        mut workloads: PlaceWorkloads,
    ) -> Result<(), NotASeed> {
        let missing = |kind, member| NotASeed::Unidentified { kind, place: place.clone(), member };
        for mut cluster in workloads.take("clusters") {
            if !cluster.contains_key("clusterArn") {
                let name = text(&cluster, "clusterName")
                    .ok_or_else(|| missing("cluster", "clusterArn"))?;
                let cluster_arn = arn("ecs", place, &format!("cluster/{name}"));
                cluster.insert("clusterArn".to_owned(), cluster_arn.into());
            }
            self.add_cluster(cluster);
        }
        for (kind, member, resources) in [
            ("service", "serviceArn", workloads.take("services")),
            ("task", "taskArn", workloads.take("tasks")),
            ("service revision", "serviceRevisionArn", workloads.take("service_revisions")),
            ("service deployment", "serviceDeploymentArn", workloads.take("service_deployments")),
            ("daemon", "daemonArn", workloads.take("daemons")),
            ("daemon deployment", "daemonDeploymentArn", workloads.take("daemon_deployments")),
            ("daemon revision", "daemonRevisionArn", workloads.take("daemon_revisions")),
            (
                "daemon task definition",
                "daemonTaskDefinitionArn",
                workloads.take("daemon_task_definitions"),
            ),
        ] {
            for mut resource in resources {
                let own_arn =
                    text(&resource, member).ok_or_else(|| missing(kind, member))?.to_owned();
                times_as_numbers(&mut resource);
                complete(&mut resource, member, &own_arn);
                if let Some(cluster_arn) = text(&resource, "clusterArn") {
                    let cluster =
                        Resource::from_iter([("clusterArn".to_owned(), cluster_arn.into())]);
                    self.add_cluster(cluster);
                }
                self.of_kind(member).insert(own_arn, resource);
            }
        }
        for mut definition in workloads.take("task_definitions") {
            times_as_numbers(&mut definition);
            let key = match text(&definition, "taskDefinitionArn") {
                Some(own_arn) => family_and_revision(own_arn),
                None => text(&definition, "family").map(ToOwned::to_owned).zip(Some(
                    definition
                        .get("revision")
                        .and_then(Value::as_u64)
                        .and_then(|it| it.try_into().ok()),
                )),
            };
            let Some((family, Some(revision))) = key else {
                return Err(missing("task definition", "taskDefinitionArn"));
            };
            let own_arn = arn("ecs", place, &format!("task-definition/{family}:{revision}"));
            default(&mut definition, "taskDefinitionArn", || own_arn.into());
            default(&mut definition, "family", || family.clone().into());
            default(&mut definition, "revision", || revision.into());
            default(&mut definition, "status", || "ACTIVE".into());
            self.task_definitions.insert((family, revision), definition);
        }
        Ok(())
    }

    fn of_kind(&mut self, member: &str) -> &mut BTreeMap<String, Resource> {
        match member {
            "serviceArn" => &mut self.services,
            "taskArn" => &mut self.tasks,
            "serviceRevisionArn" => &mut self.service_revisions,
            "daemonArn" => &mut self.daemons,
            "daemonDeploymentArn" => &mut self.daemon_deployments,
            "daemonRevisionArn" => &mut self.daemon_revisions,
            "daemonTaskDefinitionArn" => &mut self.daemon_task_definitions,
            _ => &mut self.service_deployments,
        }
    }

    /// Adds a cluster, unless it is described already.
    pub(crate) fn add_cluster(&mut self, mut cluster: Resource) {
        let Some(cluster_arn) = text(&cluster, "clusterArn").map(ToOwned::to_owned) else { return };
        let name = name_in_arn(&cluster_arn).to_owned();
        default(&mut cluster, "clusterName", || name.into());
        default(&mut cluster, "status", || "ACTIVE".into());
        self.clusters.entry(cluster_arn).or_insert(cluster);
    }

    pub(crate) fn to_workloads(&self, place: &Place) -> PlaceWorkloads {
        let rows = |resources: &BTreeMap<String, Resource>| resources.values().cloned().collect();
        PlaceWorkloads::nothing(Source::Ecs, place.clone())
            .with("clusters", rows(&self.clusters))
            .with("services", rows(&self.services))
            .with("tasks", rows(&self.tasks))
            .with("task_definitions", self.task_definitions.values().cloned().collect())
            .with("service_revisions", rows(&self.service_revisions))
            .with("service_deployments", rows(&self.service_deployments))
            .with("daemons", rows(&self.daemons))
            .with("daemon_deployments", rows(&self.daemon_deployments))
            .with("daemon_revisions", rows(&self.daemon_revisions))
            .with("daemon_task_definitions", rows(&self.daemon_task_definitions))
    }
}

/// What follows from a resource's ARN: `…:service/<cluster>/<service>`, `…:task/<cluster>/<id>`,
/// `…:service-revision/<cluster>/<service>/<id>`.
fn complete(resource: &mut Resource, member: &str, own_arn: &str) {
    let Some((prefix, path)) = own_arn.rsplit_once(':') else { return };
    let words: Vec<&str> = path.split('/').collect();
    if member == "daemonTaskDefinitionArn" {
        return;
    }
    let (cluster, service) = match words.as_slice() {
        ["service-revision" | "service-deployment", cluster, service, _] => {
            (*cluster, Some(*service))
        }
        ["daemon-revision" | "daemon-deployment", cluster, _, _] | [_, cluster, _] => {
            (*cluster, None)
        }
        _ => ("default", None),
    };
    default(resource, "clusterArn", || format!("{prefix}:cluster/{cluster}").into());
    if let Some(service) = service {
        default(resource, "serviceArn", || format!("{prefix}:service/{cluster}/{service}").into());
    }
    match member {
        "serviceArn" => {
            default(resource, "serviceName", || name_in_arn(own_arn).into());
            default(resource, "status", || "ACTIVE".into());
        }
        "taskArn" => {
            default(resource, "lastStatus", || "RUNNING".into());
            let stopped = text(resource, "lastStatus") == Some("STOPPED");
            let desired = if stopped { "STOPPED" } else { "RUNNING" };
            default(resource, "desiredStatus", || desired.into());
        }
        _ => {}
    }
}

fn default(resource: &mut Resource, member: &str, value: impl FnOnce() -> Value) {
    if !resource.contains_key(member) {
        resource.insert(member.to_owned(), value());
    }
}

/// A member that is a text.
pub(crate) fn text<'a>(resource: &'a Resource, member: &str) -> Option<&'a str> {
    resource.get(member).and_then(Value::as_str)
}

/// The protocol has times as seconds since 1970; people write them as dates.
fn times_as_numbers(resource: &mut Resource) {
    for (name, value) in resource.iter_mut() {
        match value {
            Value::String(text) if name.ends_with("At") => {
                if let Ok(time) = text.parse::<Timestamp>() {
                    *value = crate::wire::epoch(time);
                }
            }
            Value::Object(inner) => times_as_numbers(inner),
            Value::Array(items) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(times_as_numbers);
            }
            _ => {}
        }
    }
}

/// The last part of an ARN, or the name that it is.
pub(crate) fn name_in_arn(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

/// The family and, if it is there, the revision in an ARN or `family[:revision]`.
pub(crate) fn family_and_revision(text: &str) -> Option<(String, Option<u32>)> {
    let name = name_in_arn(text);
    match name.split_once(':') {
        Some((family, revision)) => Some((family.to_owned(), Some(revision.parse().ok()?))),
        None => Some((name.to_owned(), None)),
    }
}

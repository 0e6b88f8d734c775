//! Services that are created and updated: revisions, deployments, tasks.

use ecr_sweep_core::is_tag;
use ecr_sweep_protocol::snapshot::Resource;
use serde::Deserialize;
use serde_json::{Value, json};

use super::containers::{Container, resolve};
use super::services::{service_arn, service_not_found};
use super::tasks::{new_task, stop};
use super::{existing_cluster, invalid};
use crate::state::{Ecs, name_in_arn, text};
use crate::wire::{Answer, ApiError, Call, Outcome, epoch, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    cluster: Option<String>,
    service: Option<String>,
    service_name: Option<String>,
    task_definition: Option<String>,
    desired_count: Option<u64>,
    launch_type: Option<String>,
    #[serde(default)]
    force_new_deployment: bool,
}

/// A deployment as it is put into the state: of which service, with what.
struct Rollout<'a> {
    cluster: &'a str,
    service: &'a str,
    definition: &'a Resource,
    containers: &'a [Container],
    desired: u64,
    /// The revisions that it replaces.
    source: Vec<Value>,
}

/// Creates a service and deploys it at once.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>
pub(super) fn create_service(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let name = required(input.service_name, "serviceName")?;
    if !is_tag(&name) {
        return Err(invalid("Invalid service name."));
    }
    let definition = call.definition(&required(input.task_definition, "taskDefinition")?)?;
    let containers = resolve(call, &definition);
    let mut all = call.state.ecs_mut();
    let ecs = all.entry(call.caller.place.clone()).or_default();
    let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
    let own_arn = service_arn(&call.caller.place, &cluster, &name);
    if ecs.services.contains_key(&own_arn) {
        return Err(invalid("Creation of service was not idempotent."));
    }
    let desired = input.desired_count.unwrap_or(1);
    let service = Resource::from_iter([
        ("serviceArn".to_owned(), own_arn.as_str().into()),
        ("serviceName".to_owned(), name.into()),
        ("clusterArn".to_owned(), cluster.as_str().into()),
        ("status".to_owned(), "ACTIVE".into()),
        ("launchType".to_owned(), input.launch_type.unwrap_or_else(|| "FARGATE".to_owned()).into()),
        ("schedulingStrategy".to_owned(), "REPLICA".into()),
        ("createdAt".to_owned(), epoch(call.now)),
    ]);
    ecs.services.insert(own_arn.clone(), service);
    let rollout = Rollout {
        cluster: &cluster,
        service: &own_arn,
        definition: &definition,
        containers: &containers,
        desired,
        source: Vec::new(),
    };
    deploy(call, ecs, &rollout);
    Answer::json(&json!({ "service": ecs.services.get(&own_arn) }))
}

/// Deploys anew if another task definition or a new deployment is asked for; a tag that moved in
/// the meantime resolves to another digest then, and not before.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
pub(super) fn update_service(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let named = required(input.service, "service")?;
    let (own_arn, cluster, current) = {
        let all = call.state.ecs();
        let none = Ecs::default();
        let ecs = all.get(&call.caller.place).unwrap_or(&none);
        let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
        let (own_arn, service) =
            ecs.service(&call.caller.place, &cluster, &named).ok_or_else(service_not_found)?;
        (own_arn.clone(), cluster, service.clone())
    };
    let running = text(&current, "taskDefinition").unwrap_or_default();
    let definition = call.definition(input.task_definition.as_deref().unwrap_or(running))?;
    let desired = input
        .desired_count
        .or_else(|| current.get("desiredCount").and_then(Value::as_u64))
        .unwrap_or_default();
    let containers = resolve(call, &definition);
    let is_new = input.force_new_deployment
        || text(&definition, "taskDefinitionArn") != text(&current, "taskDefinition");
    let mut all = call.state.ecs_mut();
    let ecs = all.entry(call.caller.place.clone()).or_default();
    if is_new {
        let source = revision_arns(&current).map(|arn| json!({ "arn": arn })).collect();
        let rollout = Rollout {
            cluster: &cluster,
            service: &own_arn,
            definition: &definition,
            containers: &containers,
            desired,
            source,
        };
        deploy(call, ecs, &rollout);
    } else {
        let containers = ecs.pinned(&current).unwrap_or(containers);
        scale(call, ecs, &cluster, &own_arn, &definition, &containers, desired);
    }
    match ecs.services.get(&own_arn) {
        Some(service) => Answer::json(&json!({ "service": service })),
        None => Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE.")),
    }
}

fn revision_arns(service: &Resource) -> impl Iterator<Item = &str> {
    service
        .get("currentServiceRevisions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|revision| revision.get("arn")?.as_str())
}

/// Puts a revision, a finished deployment and the running tasks in place.
///
/// The digests are resolved when the first task starts and belong to the revision from then on,
/// wherever the tag moves; a service of no tasks resolves nothing.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html>
fn deploy(call: &Call<'_>, ecs: &mut Ecs, rollout: &Rollout<'_>) {
    let place = &call.caller.place;
    let path = format!("{}/{}", name_in_arn(rollout.cluster), name_in_arn(rollout.service));
    let number = call.state.next_serial();
    let revision_arn =
        crate::arn::arn("ecs", place, &format!("service-revision/{path}/{number:019}"));
    let deployment_arn =
        crate::arn::arn("ecs", place, &format!("service-deployment/{path}/{number:019}"));
    let definition_arn = text(rollout.definition, "taskDefinitionArn").unwrap_or_default();
    let images: Vec<Value> = rollout
        .containers
        .iter()
        .map(|container| {
            let mut image = json!({ "containerName": container.name, "image": container.image });
            if let Some(digest) = container.digest.filter(|_| rollout.desired > 0) {
                image["imageDigest"] = json!(digest);
            }
            image
        })
        .collect();
    ecs.service_revisions.insert(
        revision_arn.clone(),
        Resource::from_iter([
            ("serviceRevisionArn".to_owned(), revision_arn.as_str().into()),
            ("serviceArn".to_owned(), rollout.service.into()),
            ("clusterArn".to_owned(), rollout.cluster.into()),
            ("taskDefinition".to_owned(), definition_arn.into()),
            ("containerImages".to_owned(), images.into()),
            ("createdAt".to_owned(), epoch(call.now)),
        ]),
    );
    ecs.service_deployments.insert(
        deployment_arn.clone(),
        Resource::from_iter([
            ("serviceDeploymentArn".to_owned(), deployment_arn.as_str().into()),
            ("serviceArn".to_owned(), rollout.service.into()),
            ("clusterArn".to_owned(), rollout.cluster.into()),
            ("createdAt".to_owned(), epoch(call.now)),
            ("startedAt".to_owned(), epoch(call.now)),
            ("finishedAt".to_owned(), epoch(call.now)),
            ("sourceServiceRevisions".to_owned(), rollout.source.clone().into()),
            ("targetServiceRevision".to_owned(), json!({ "arn": revision_arn })),
            ("status".to_owned(), "SUCCESSFUL".into()),
        ]),
    );
    if let Some(service) = ecs.services.get_mut(rollout.service) {
        service.insert("taskDefinition".to_owned(), definition_arn.into());
        service.insert("currentServiceDeployment".to_owned(), deployment_arn.into());
        service.insert("currentServiceRevisions".to_owned(), json!([{ "arn": revision_arn }]));
        service.insert(
            "deployments".to_owned(),
            json!([{
                "id": format!("ecs-svc/{number:019}"),
                "status": "PRIMARY",
                "taskDefinition": definition_arn,
                "desiredCount": rollout.desired,
                "runningCount": rollout.desired,
                "rolloutState": "COMPLETED",
                "createdAt": epoch(call.now),
                "updatedAt": epoch(call.now),
            }]),
        );
    }
    let group = format!("service:{}", name_in_arn(rollout.service));
    for task in ecs.running(&group, rollout.cluster) {
        stop(task, call, "Scaling activity initiated by deployment");
    }
    scale(
        call,
        ecs,
        rollout.cluster,
        rollout.service,
        rollout.definition,
        rollout.containers,
        rollout.desired,
    );
}

/// Starts or stops tasks until as many run as should.
fn scale(
    call: &Call<'_>,
    ecs: &mut Ecs,
    cluster: &str,
    service: &str,
    definition: &Resource,
    containers: &[Container],
    desired: u64,
) {
    let group = format!("service:{}", name_in_arn(service));
    let mut running = 0;
    for task in ecs.running(&group, cluster) {
        if running < desired {
            running += 1;
        } else {
            stop(task, call, "Scaling activity initiated by service");
        }
    }
    for _ in running..desired {
        let task = new_task(call, cluster, definition, containers, &group);
        ecs.add_task(task);
    }
    if let Some(service) = ecs.services.get_mut(service) {
        for member in ["desiredCount", "runningCount"] {
            service.insert(member.to_owned(), desired.into());
        }
        service.insert("pendingCount".to_owned(), 0.into());
    }
}

impl Ecs {
    fn running<'a>(
        &'a mut self,
        group: &'a str,
        cluster: &'a str,
    ) -> impl Iterator<Item = &'a mut Resource> {
        self.tasks.values_mut().filter(move |task| {
            text(task, "group") == Some(group)
                && text(task, "clusterArn") == Some(cluster)
                && text(task, "desiredStatus") == Some("RUNNING")
        })
    }

    /// The containers of a service's current revision with the digests that it pinned.
    fn pinned(&self, service: &Resource) -> Option<Vec<Container>> {
        let revision = self.service_revisions.get(revision_arns(service).next()?)?;
        let images = revision.get("containerImages")?.as_array()?;
        images
            .iter()
            .map(|image| {
                Some(Container {
                    name: image.get("containerName")?.as_str()?.to_owned(),
                    image: image.get("image")?.as_str()?.to_owned(),
                    digest: Some(image.get("imageDigest")?.as_str()?.parse().ok()?),
                })
            })
            .collect()
    }
}

//! Tasks.

use ecr_sweep_core::Place;
use ecr_sweep_protocol::snapshot::Resource;
use serde::Deserialize;
use serde_json::{Value, json};

use super::containers::{Container, resolve};
use super::{Page, existing_cluster, invalid, list, missing};
use crate::arn::arn;
use crate::state::{Ecs, family_and_revision, name_in_arn, text};
use crate::wire::{Answer, ApiError, Call, Outcome, epoch, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    cluster: Option<String>,
    family: Option<String>,
    service_name: Option<String>,
    started_by: Option<String>,
    launch_type: Option<String>,
    desired_status: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// The tasks of a cluster that should run, unless STOPPED ones are asked for; 100 a page.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html>
pub(super) fn list_tasks(call: &Call<'_>) -> Outcome {
    let input: ListInput = call.input()?;
    let all = call.state.ecs();
    let none = Ecs::default();
    let ecs = all.get(&call.caller.place).unwrap_or(&none);
    let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
    let desired = input.desired_status.as_deref().unwrap_or("RUNNING");
    if !["RUNNING", "PENDING", "STOPPED"].contains(&desired) {
        return Err(invalid("desiredStatus must be one of RUNNING, PENDING, STOPPED"));
    }
    let group = input.service_name.as_deref().map(|name| format!("service:{}", name_in_arn(name)));
    let rows = ecs
        .tasks
        .iter()
        .filter(|(_, task)| text(task, "clusterArn") == Some(&cluster))
        .filter(|(_, task)| text(task, "desiredStatus") == Some(desired))
        .filter(|(_, task)| group.is_none() || text(task, "group") == group.as_deref())
        .filter(|(_, task)| {
            input.started_by.is_none() || text(task, "startedBy") == input.started_by.as_deref()
        })
        .filter(|(_, task)| {
            input.launch_type.is_none() || text(task, "launchType") == input.launch_type.as_deref()
        })
        .filter(|(_, task)| input.family.is_none() || family_of(task) == input.family);
    let page = Page {
        asked: input.max_results,
        default: 100,
        token: input.next_token.as_deref(),
        bound_to: &[
            &cluster,
            desired,
            group.as_deref().unwrap_or_default(),
            input.started_by.as_deref().unwrap_or_default(),
            input.launch_type.as_deref().unwrap_or_default(),
            input.family.as_deref().unwrap_or_default(),
        ],
    };
    list(call, "taskArns", &page, rows.map(|(arn, _)| (arn.as_str(), arn)))
}

fn family_of(task: &Resource) -> Option<String> {
    family_and_revision(text(task, "taskDefinitionArn")?).map(|(family, _)| family)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeInput {
    cluster: Option<String>,
    #[serde(default)]
    tasks: Vec<String>,
}

/// 1 to 100 by id or ARN.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
pub(super) fn describe_tasks(call: &Call<'_>) -> Outcome {
    let input: DescribeInput = call.input()?;
    match input.tasks.len() {
        0 => return Err(invalid("Tasks cannot be empty.")),
        1..=100 => {}
        _ => return Err(invalid("Tasks cannot have more than 100 elements.")),
    }
    let all = call.state.ecs();
    let none = Ecs::default();
    let ecs = all.get(&call.caller.place).unwrap_or(&none);
    let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for asked in &input.tasks {
        let arn = task_arn(&call.caller.place, &cluster, asked);
        let found = ecs.tasks.get(&arn);
        match found.filter(|task| text(task, "clusterArn") == Some(&cluster)) {
            Some(task) => tasks.push(task),
            None => failures.push(missing(&arn)),
        }
    }
    Answer::json(&json!({ "tasks": tasks, "failures": failures }))
}

fn task_arn(place: &Place, cluster: &str, given: &str) -> String {
    if given.starts_with("arn:") {
        given.to_owned()
    } else {
        arn("ecs", place, &format!("task/{}/{given}", name_in_arn(cluster)))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunInput {
    cluster: Option<String>,
    task_definition: Option<String>,
    count: Option<u64>,
    group: Option<String>,
    started_by: Option<String>,
    launch_type: Option<String>,
}

/// Starts 1 to 10 tasks, which run at once, on the digests that their images' tags have now.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>
pub(super) fn run_task(call: &Call<'_>) -> Outcome {
    let input: RunInput = call.input()?;
    let named = required(input.task_definition, "taskDefinition")?;
    let count = input.count.unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(invalid("count must be between 1 and 10"));
    }
    let definition = call.definition(&named)?;
    let containers = resolve(call, &definition);
    let mut all = call.state.ecs_mut();
    let ecs = all.entry(call.caller.place.clone()).or_default();
    let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
    let family = text(&definition, "family").unwrap_or_default();
    let group = input.group.unwrap_or_else(|| format!("family:{family}"));
    let tasks: Vec<Resource> = (0..count)
        .map(|_| {
            let task = new_task(call, &cluster, &definition, &containers, &group);
            with_origin(task, input.started_by.as_deref(), input.launch_type.as_deref())
        })
        .collect();
    for task in &tasks {
        ecs.add_task(task.clone());
    }
    Answer::json(&json!({ "tasks": tasks, "failures": [] }))
}

fn with_origin(
    mut task: Resource,
    started_by: Option<&str>,
    launch_type: Option<&str>,
) -> Resource {
    for (member, value) in [("startedBy", started_by), ("launchType", launch_type)] {
        if let Some(value) = value {
            task.insert(member.to_owned(), value.into());
        }
    }
    task
}

/// A task that runs.
pub(super) fn new_task(
    call: &Call<'_>,
    cluster: &str,
    definition: &Resource,
    containers: &[Container],
    group: &str,
) -> Resource {
    let id = format!("{:032x}", call.state.next_serial());
    let own_arn = task_arn(&call.caller.place, cluster, &id);
    let containers: Vec<Value> = containers
        .iter()
        .map(|container| {
            let mut described = json!({
                "taskArn": own_arn,
                "name": container.name,
                "image": container.image,
                "lastStatus": "RUNNING",
            });
            if let Some(digest) = container.digest {
                described["imageDigest"] = json!(digest);
            }
            described
        })
        .collect();
    Resource::from_iter([
        ("taskArn".to_owned(), own_arn.into()),
        ("clusterArn".to_owned(), cluster.into()),
        (
            "taskDefinitionArn".to_owned(),
            text(definition, "taskDefinitionArn").unwrap_or_default().into(),
        ),
        ("containers".to_owned(), containers.into()),
        ("desiredStatus".to_owned(), "RUNNING".into()),
        ("lastStatus".to_owned(), "RUNNING".into()),
        ("group".to_owned(), group.into()),
        ("createdAt".to_owned(), epoch(call.now)),
        ("startedAt".to_owned(), epoch(call.now)),
    ])
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StopInput {
    cluster: Option<String>,
    task: Option<String>,
    reason: Option<String>,
}

/// Stops a task at once. It stays to be seen: ECS shows stopped tasks for an hour at least.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html>
pub(super) fn stop_task(call: &Call<'_>) -> Outcome {
    let input: StopInput = call.input()?;
    let named = required(input.task, "task")?;
    let mut all = call.state.ecs_mut();
    let ecs = all.entry(call.caller.place.clone()).or_default();
    let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
    let task = ecs
        .tasks
        .get_mut(&task_arn(&call.caller.place, &cluster, &named))
        .ok_or_else(|| invalid("The referenced task was not found."))?;
    stop(task, call, input.reason.as_deref().unwrap_or("Task stopped by user"));
    Answer::json(&json!({ "task": task }))
}

/// Marks a task and its containers as stopped.
pub(super) fn stop(task: &mut Resource, call: &Call<'_>, reason: &str) {
    for (member, value) in [
        ("desiredStatus", Value::from("STOPPED")),
        ("lastStatus", Value::from("STOPPED")),
        ("stoppedReason", Value::from(reason)),
        ("stoppedAt", epoch(call.now)),
    ] {
        task.insert(member.to_owned(), value);
    }
    if let Some(Value::Array(containers)) = task.get_mut("containers") {
        for container in containers {
            container["lastStatus"] = "STOPPED".into();
        }
    }
}

impl Ecs {
    pub(super) fn add_task(&mut self, task: Resource) {
        if let Some(own_arn) = text(&task, "taskArn").map(ToOwned::to_owned) {
            self.tasks.insert(own_arn, task);
        }
    }
}

impl Call<'_> {
    /// A task definition of the caller's place by ARN, `family:revision`, or family, which means
    /// its newest ACTIVE revision.
    pub(super) fn definition(&self, named: &str) -> Result<Resource, ApiError> {
        self.state
            .ecs()
            .get(&self.caller.place)
            .and_then(|ecs| ecs.definition(named))
            .cloned()
            .ok_or_else(super::task_definitions::not_found)
    }
}

//! Amazon ECS: the reads that a scan makes, and the writes that put something there to be read.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/Welcome.html>

mod clusters;
mod containers;
mod daemons;
mod deployments;
mod rollout;
mod services;
mod task_definitions;
mod tasks;

use serde::Serialize;
use serde_json::{Value, json};

use crate::arn::arn;
use crate::paging::{Binding, page_of};
use crate::state::Ecs;
use crate::wire::{Answer, ApiError, Call, Outcome};

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "CreateCluster" => clusters::create_cluster(call),
        "CreateService" => rollout::create_service(call),
        "DeregisterTaskDefinition" => task_definitions::deregister_task_definition(call),
        "DescribeClusters" => clusters::describe_clusters(call),
        "DescribeDaemon" => daemons::describe_daemon(call),
        "DescribeDaemonDeployments" => daemons::describe_daemon_deployments(call),
        "DescribeDaemonRevisions" => daemons::describe_daemon_revisions(call),
        "DescribeDaemonTaskDefinition" => daemons::describe_daemon_task_definition(call),
        "DescribeServiceDeployments" => deployments::describe_service_deployments(call),
        "DescribeServiceRevisions" => deployments::describe_service_revisions(call),
        "DescribeServices" => services::describe_services(call),
        "DescribeTaskDefinition" => task_definitions::describe_task_definition(call),
        "DescribeTasks" => tasks::describe_tasks(call),
        "ListClusters" => clusters::list_clusters(call),
        "ListDaemonTaskDefinitions" => daemons::list_daemon_task_definitions(call),
        "ListDaemons" => daemons::list_daemons(call),
        "ListServiceDeployments" => deployments::list_service_deployments(call),
        "ListServices" => services::list_services(call),
        "ListTaskDefinitionFamilies" => task_definitions::list_task_definition_families(call),
        "ListTaskDefinitions" => task_definitions::list_task_definitions(call),
        "ListTasks" => tasks::list_tasks(call),
        "RegisterTaskDefinition" => task_definitions::register_task_definition(call),
        "RunTask" => tasks::run_task(call),
        "StopTask" => tasks::stop_task(call),
        "UpdateService" => rollout::update_service(call),
        _ => Err(ApiError::unknown_operation()),
    }
}

/// What is asked for and not there.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Failure.html>
fn missing(arn: &str) -> Value {
    json!({ "arn": arn, "reason": "MISSING" })
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

/// The ARN of a cluster that is given by name or ARN; `default` if it is not given.
fn cluster_arn(call: &Call<'_>, given: Option<&str>) -> String {
    let given = given.unwrap_or("default");
    if given.starts_with("arn:") {
        given.to_owned()
    } else {
        arn("ecs", &call.caller.place, &format!("cluster/{given}"))
    }
}

/// A cluster that is there.
fn existing_cluster(call: &Call<'_>, ecs: &Ecs, given: Option<&str>) -> Result<String, ApiError> {
    let cluster = cluster_arn(call, given);
    if ecs.clusters.contains_key(&cluster) {
        Ok(cluster)
    } else {
        Err(ApiError::new("ClusterNotFoundException", "Cluster not found."))
    }
}

/// One page of a listing under its member's name: 100 rows unless fewer are asked for.
fn list<N: AsRef<str>, T: Serialize>(
    call: &Call<'_>,
    member: &str,
    page: &Page<'_>,
    rows: impl Iterator<Item = (N, T)>,
) -> Outcome {
    let size = call.page_size(page.asked, page.default, 100)?;
    let place = call.caller.place.to_string();
    let mut parts = vec![call.operation.name.as_str(), place.as_str()];
    parts.extend(page.bound_to);
    let (rows, next_token) = page_of(rows, size, Binding::new(&parts), page.token)?;
    let mut answer = json!({ member: rows });
    if let Some(token) = next_token {
        answer["nextToken"] = token.into();
    }
    Answer::json(&answer)
}

/// What page is asked for.
struct Page<'a> {
    asked: Option<i64>,
    default: usize,
    token: Option<&'a str>,
    /// The filters, to which the token is bound.
    bound_to: &'a [&'a str],
}

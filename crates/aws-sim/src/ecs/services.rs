//! Services.

use ecr_sweep_core::Place;
use ecr_sweep_protocol::snapshot::Resource;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Page, existing_cluster, invalid, list, missing};
use crate::arn::arn;
use crate::state::{Ecs, name_in_arn, text};
use crate::wire::{Answer, ApiError, Call, Outcome};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    cluster: Option<String>,
    #[serde(default)]
    services: Vec<String>,
    launch_type: Option<String>,
    scheduling_strategy: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// The services of a cluster that are not INACTIVE: 10 a page unless 1 to 100 are asked for.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html>
pub(super) fn list_services(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let all = call.state.ecs();
    let none = Ecs::default();
    let ecs = all.get(&call.caller.place).unwrap_or(&none);
    let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
    let launch_type = input.launch_type.as_deref();
    let strategy = input.scheduling_strategy.as_deref();
    let rows = ecs
        .services
        .iter()
        .filter(|(_, service)| text(service, "clusterArn") == Some(&cluster))
        .filter(|(_, service)| text(service, "status") != Some("INACTIVE"))
        .filter(|(_, service)| launch_type.is_none() || text(service, "launchType") == launch_type)
        .filter(|(_, service)| {
            let own = text(service, "schedulingStrategy").or(Some("REPLICA"));
            strategy.is_none() || own == strategy
        });
    let page = Page {
        asked: input.max_results,
        default: 10,
        token: input.next_token.as_deref(),
        bound_to: &[&cluster, launch_type.unwrap_or_default(), strategy.unwrap_or_default()],
    };
    list(call, "serviceArns", &page, rows.map(|(arn, _)| (arn.as_str(), arn)))
}

/// 1 to 10 by name or ARN.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>
pub(super) fn describe_services(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    match input.services.len() {
        0 => return Err(invalid("Services cannot be empty.")),
        1..=10 => {}
        _ => return Err(invalid("Services cannot have more than 10 elements.")),
    }
    let all = call.state.ecs();
    let none = Ecs::default();
    let ecs = all.get(&call.caller.place).unwrap_or(&none);
    let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for asked in &input.services {
        match ecs.service(&call.caller.place, &cluster, asked) {
            Some((_, service)) => services.push(with_rollout_states(service)),
            None => failures.push(missing(&service_arn(&call.caller.place, &cluster, asked))),
        }
    }
    Answer::json(&json!({ "services": services, "failures": failures }))
}

/// A service whose deployments say how far they are: the first is the most recent one, and done if
/// there is no other.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html>
fn with_rollout_states(service: &Resource) -> Resource {
    let mut service = service.clone();
    let Some(Value::Array(deployments)) = service.get_mut("deployments") else { return service };
    let is_steady = deployments.len() == 1;
    for (nth, deployment) in deployments.iter_mut().filter_map(Value::as_object_mut).enumerate() {
        let (status, state) = match nth {
            0 if is_steady => ("PRIMARY", "COMPLETED"),
            0 => ("PRIMARY", "IN_PROGRESS"),
            _ => ("ACTIVE", "COMPLETED"),
        };
        deployment.entry("status").or_insert_with(|| status.into());
        deployment.entry("rolloutState").or_insert_with(|| state.into());
    }
    service
}

/// The ARN of a service of a cluster that is given by name or ARN.
pub(super) fn service_arn(place: &Place, cluster: &str, given: &str) -> String {
    if given.starts_with("arn:") {
        given.to_owned()
    } else {
        arn("ecs", place, &format!("service/{}/{given}", name_in_arn(cluster)))
    }
}

pub(super) fn service_not_found() -> ApiError {
    ApiError::new("ServiceNotFoundException", "Service not found.")
}

impl Ecs {
    /// A service of a cluster, by name or ARN; the older ARNs without a cluster among them.
    pub(super) fn service(
        &self,
        place: &Place,
        cluster: &str,
        given: &str,
    ) -> Option<(&String, &Resource)> {
        self.services.get_key_value(&service_arn(place, cluster, given)).or_else(|| {
            self.services.iter().find(|(_, service)| {
                text(service, "clusterArn") == Some(cluster)
                    && text(service, "serviceName") == Some(name_in_arn(given))
            })
        })
    }
}

//! The deployments and revisions of services.

use ecr_sweep_protocol::snapshot::Resource;
use serde::Deserialize;
use serde_json::{Value, json};

use super::services::service_not_found;
use super::{Page, existing_cluster, invalid, list, missing};
use crate::state::{Ecs, text};
use crate::wire::{Answer, Call, Outcome, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    cluster: Option<String>,
    service: Option<String>,
    #[serde(default)]
    status: Vec<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// The deployments of a service, in short: 20 a page unless 1 to 100 are asked for.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html>
pub(super) fn list_service_deployments(call: &Call<'_>) -> Outcome {
    let input: ListInput = call.input()?;
    let named = required(input.service.as_deref(), "service")?;
    let all = call.state.ecs();
    let none = Ecs::default();
    let ecs = all.get(&call.caller.place).unwrap_or(&none);
    let cluster = existing_cluster(call, ecs, input.cluster.as_deref())?;
    let (service, _) =
        ecs.service(&call.caller.place, &cluster, named).ok_or_else(service_not_found)?;
    let rows = ecs
        .service_deployments
        .iter()
        .filter(|(_, deployment)| text(deployment, "serviceArn") == Some(service))
        .filter(|(_, deployment)| {
            input.status.is_empty()
                || text(deployment, "status")
                    .is_some_and(|own| input.status.iter().any(|status| status == own))
        })
        .map(|(arn, deployment)| (arn.as_str(), in_short(deployment)));
    let status = input.status.join(",");
    let page = Page {
        asked: input.max_results,
        default: 20,
        token: input.next_token.as_deref(),
        bound_to: &[service, &status],
    };
    list(call, "serviceDeployments", &page, rows)
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html>
fn in_short(deployment: &Resource) -> Resource {
    const MEMBERS: [&str; 8] = [
        "serviceDeploymentArn",
        "serviceArn",
        "clusterArn",
        "startedAt",
        "createdAt",
        "finishedAt",
        "status",
        "statusReason",
    ];
    let mut short: Resource = deployment
        .iter()
        .filter(|(member, _)| MEMBERS.contains(&member.as_str()))
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect();
    let target = deployment.get("targetServiceRevision").and_then(|target| target.get("arn"));
    if let Some(target) = target {
        short.insert("targetServiceRevisionArn".to_owned(), target.clone());
    }
    short
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeInput {
    #[serde(default)]
    service_deployment_arns: Vec<String>,
    #[serde(default)]
    service_revision_arns: Vec<String>,
}

/// 1 to 20 by ARN.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html>
pub(super) fn describe_service_deployments(call: &Call<'_>) -> Outcome {
    let input: DescribeInput = call.input()?;
    describe(call, "serviceDeployments", &input.service_deployment_arns, |ecs, arn| {
        ecs.service_deployments.get(arn)
    })
}

/// 1 to 20 by ARN.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html>
pub(super) fn describe_service_revisions(call: &Call<'_>) -> Outcome {
    let input: DescribeInput = call.input()?;
    describe(call, "serviceRevisions", &input.service_revision_arns, |ecs, arn| {
        ecs.service_revisions.get(arn)
    })
}

pub(super) fn describe(
    call: &Call<'_>,
    member: &str,
    arns: &[String],
    find: impl for<'e> Fn(&'e Ecs, &str) -> Option<&'e Resource>,
) -> Outcome {
    if arns.is_empty() || arns.len() > 20 {
        return Err(invalid(format!("{member} must have 1 to 20 ARNs.")));
    }
    let all = call.state.ecs();
    let ecs = all.get(&call.caller.place);
    let (mut found, mut failures): (Vec<&Resource>, Vec<Value>) = (Vec::new(), Vec::new());
    for arn in arns {
        match ecs.and_then(|ecs| find(ecs, arn)) {
            Some(resource) => found.push(resource),
            None => failures.push(missing(arn)),
        }
    }
    Answer::json(&json!({ member: found, "failures": failures }))
}

//! Managed daemons: their revisions, deployments and definitions.

use serde::Deserialize;
use serde_json::json;

use super::deployments::describe;
use super::{Page, existing_cluster, list};
use crate::state::{Ecs, text};
use crate::wire::{Answer, ApiError, Call, Outcome, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    cluster_arn: Option<String>,
    status: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// The daemons of a cluster: 100 a page unless fewer are asked for.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListDaemons.html>
pub(super) fn list_daemons(call: &Call<'_>) -> Outcome {
    let input: ListInput = call.input()?;
    let all = call.state.ecs();
    let none = Ecs::default();
    let ecs = all.get(&call.caller.place).unwrap_or(&none);
    let cluster = existing_cluster(call, ecs, input.cluster_arn.as_deref())?;
    let rows = ecs
        .daemons
        .iter()
        .filter(|(_, daemon)| text(daemon, "clusterArn") == Some(&cluster))
        .map(|(arn, _)| (arn.as_str(), json!({ "daemonArn": arn, "status": "ACTIVE" })));
    let page = Page {
        asked: input.max_results,
        default: 100,
        token: input.next_token.as_deref(),
        bound_to: &[&cluster],
    };
    list(call, "daemonSummariesList", &page, rows)
}

/// The definitions of daemons that are ACTIVE, or that have the status that is asked for: 100 a
/// page unless fewer are asked for.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListDaemonTaskDefinitions.html>
pub(super) fn list_daemon_task_definitions(call: &Call<'_>) -> Outcome {
    let input: ListInput = call.input()?;
    let status = input.status.as_deref().unwrap_or("ACTIVE");
    let all = call.state.ecs();
    let none = Ecs::default();
    let ecs = all.get(&call.caller.place).unwrap_or(&none);
    let rows = ecs
        .daemon_task_definitions
        .iter()
        .map(|(arn, definition)| (arn, text(definition, "status").unwrap_or("ACTIVE")))
        .filter(|(_, own)| status == "ALL" || status == *own)
        .map(|(arn, own)| (arn.as_str(), json!({ "arn": arn, "status": own })));
    let page = Page {
        asked: input.max_results,
        default: 100,
        token: input.next_token.as_deref(),
        bound_to: &[status],
    };
    list(call, "daemonTaskDefinitions", &page, rows)
}

/// What is described, by whatever member names it.
#[derive(Deserialize)]
struct DescribeInput {
    #[serde(alias = "daemonArn", alias = "daemonTaskDefinition")]
    arn: Option<String>,
    #[serde(default, alias = "daemonDeploymentArns", alias = "daemonRevisionArns")]
    arns: Vec<String>,
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeDaemon.html>
pub(super) fn describe_daemon(call: &Call<'_>) -> Outcome {
    let input: DescribeInput = call.input()?;
    let arn = required(input.arn, "daemonArn")?;
    let all = call.state.ecs();
    let daemon = all.get(&call.caller.place).and_then(|ecs| ecs.daemons.get(&arn));
    let gone = || ApiError::new("DaemonNotFoundException", "Daemon not found.");
    Answer::json(&json!({ "daemon": daemon.ok_or_else(gone)? }))
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeDaemonTaskDefinition.html>
pub(super) fn describe_daemon_task_definition(call: &Call<'_>) -> Outcome {
    let input: DescribeInput = call.input()?;
    let arn = required(input.arn, "daemonTaskDefinition")?;
    let all = call.state.ecs();
    let ecs = all.get(&call.caller.place);
    let definition = ecs.and_then(|ecs| ecs.daemon_task_definitions.get(&arn));
    let gone = || ApiError::new("ClientException", "Unable to describe daemon task definition.");
    Answer::json(&json!({ "daemonTaskDefinition": definition.ok_or_else(gone)? }))
}

/// 1 to 20 by ARN.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeDaemonDeployments.html>
pub(super) fn describe_daemon_deployments(call: &Call<'_>) -> Outcome {
    let input: DescribeInput = call.input()?;
    describe(call, "daemonDeployments", &input.arns, |ecs, arn| ecs.daemon_deployments.get(arn))
}

/// 1 to 20 by ARN.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeDaemonRevisions.html>
pub(super) fn describe_daemon_revisions(call: &Call<'_>) -> Outcome {
    let input: DescribeInput = call.input()?;
    describe(call, "daemonRevisions", &input.arns, |ecs, arn| ecs.daemon_revisions.get(arn))
}

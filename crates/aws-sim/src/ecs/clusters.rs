//! Clusters.

use ecr_sweep_protocol::snapshot::Resource;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Page, cluster_arn, invalid, list, missing};
use crate::state::Ecs;
use crate::wire::{Answer, Call, Outcome};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(default)]
    clusters: Vec<String>,
    cluster_name: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html>
pub(super) fn list_clusters(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let ecs = call.state.ecs();
    let rows = ecs.get(&call.caller.place).into_iter().flat_map(|ecs| ecs.clusters.keys());
    let page = Page {
        asked: input.max_results,
        default: 100,
        token: input.next_token.as_deref(),
        bound_to: &[],
    };
    list(call, "clusterArns", &page, rows.map(|arn| (arn.as_str(), arn)))
}

/// At most 100 by name or ARN; `default` if none is named.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html>
pub(super) fn describe_clusters(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    if input.clusters.len() > 100 {
        return Err(invalid("Clusters cannot have more than 100 elements."));
    }
    let asked = if input.clusters.is_empty() { vec!["default".to_owned()] } else { input.clusters };
    let ecs = call.state.ecs();
    let ecs = ecs.get(&call.caller.place);
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for asked in asked {
        let arn = cluster_arn(call, Some(&asked));
        match ecs.and_then(|ecs| ecs.clusters.get(&arn)) {
            Some(cluster) => clusters.push(cluster),
            None => failures.push(missing(&arn)),
        }
    }
    Answer::json(&json!({ "clusters": clusters, "failures": failures }))
}

/// A cluster that is there already is answered as it is.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html>
pub(super) fn create_cluster(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let arn = cluster_arn(call, input.cluster_name.as_deref());
    let mut ecs = call.state.ecs_mut();
    let ecs: &mut Ecs = ecs.entry(call.caller.place.clone()).or_default();
    ecs.add_cluster(Resource::from_iter([("clusterArn".to_owned(), Value::from(arn.as_str()))]));
    Answer::json(&json!({ "cluster": ecs.clusters.get(&arn) }))
}

//! The APIs of the clusters that the snapshot's usage names, over plain HTTP: discovery, and the
//! objects of each kind that names an image.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/>

use std::collections::BTreeSet;

use ecr_sweep_core::{Place, Source, Usage};
use serde_json::{Value, json};

use crate::state::State;

/// Where the APIs are, after the simulator's address.
pub(crate) const PATH: &str = "kubernetes";

/// The clusters of a place.
pub(crate) fn clusters(state: &State, place: &Place) -> BTreeSet<String> {
    rows(state, place).filter_map(|(_, row)| Some(row.cluster.as_ref()?.to_string())).collect()
}

/// The rows of a place that are of a cluster, by number.
fn rows<'a>(
    state: &'a State,
    place: &'a Place,
) -> impl Iterator<Item = (usize, &'a Usage)> + use<'a> {
    let is_here = move |row: &Usage| {
        row.kind.source() == Source::Kubernetes
            && row.account == place.account
            && row.region == place.region
    };
    state.usage().iter().enumerate().filter(move |(_, row)| is_here(row))
}

/// What is at a path of an account, a Region, a cluster and the path of its API. None: nothing is.
pub(crate) fn answer(state: &State, path: &str) -> Option<Value> {
    let (account, rest) = path.split_once('/')?;
    let (region, rest) = rest.split_once('/')?;
    let (cluster, path) = rest.split_once('/')?;
    let place = Place { account: account.parse().ok()?, region: region.parse().ok()? };
    let rows: Vec<_> = rows(state, &place)
        .filter(|(_, row)| row.cluster.as_ref().is_some_and(|own| own.as_str() == cluster))
        .collect();
    Some(match path {
        _ if rows.is_empty() => return None,
        "api" => json!({ "versions": ["v1"] }),
        "apis" => json!({ "groups": [] }),
        "api/v1" => {
            let kinds: BTreeSet<&str> = rows.iter().map(|(_, row)| kind(row)).collect();
            let resource = |kind: &str| json!({ "name": plural(kind), "kind": camel_case(kind), "verbs": ["list"] });
            json!({ "resources": kinds.into_iter().map(resource).collect::<Vec<_>>() })
        }
        _ => {
            let name = path.strip_prefix("api/v1/")?;
            let of_kind: Vec<_> =
                rows.into_iter().filter(|(_, row)| plural(kind(row)) == name).collect();
            let kind = camel_case(kind(of_kind.first()?.1));
            let items: Vec<Value> =
                of_kind.into_iter().map(|(number, row)| object(number, row)).collect();
            json!({ "kind": format!("{kind}List"), "metadata": {}, "items": items })
        }
    })
}

/// The kind of a row's object, with dashes.
fn kind(row: &Usage) -> &str {
    row.kind.as_str().strip_prefix("kubernetes-").unwrap_or("pod")
}

fn plural(kind: &str) -> String {
    format!("{}s", kind.replace('-', ""))
}

fn camel_case(kind: &str) -> String {
    let words = kind.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

fn object(number: usize, row: &Usage) -> Value {
    let mut container = json!({ "name": "c", "image": row.reference });
    if let Some(digest) = row.resolved {
        container["imageID"] = format!("docker-pullable://image@{digest}").into();
    }
    json!({
        "metadata": { "name": format!("object-{number}"), "namespace": "default" },
        "status": { "containerStatuses": [container] },
    })
}

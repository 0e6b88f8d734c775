//! First looks at sources that a policy turns off: a call for each list, up to the first that has something.

use std::collections::BTreeMap;

use ecr_sweep_aws::AwsErrorKind;
use ecr_sweep_aws::sources::{Found, ScanError, Sources, described_tables};
use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::Source;
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_test_world::error;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, REGION, World, snapshot};

async fn world(snapshot: Snapshot, has_samples: bool) -> World {
    World::with(SimulatorOptions {
        snapshot: Some(snapshot),
        has_samples,
        ..SimulatorOptions::default()
    })
    .await
}

fn sources() -> impl Iterator<Item = Source> {
    Source::ALL.into_iter().filter(|source| Sources::built().is_built(*source))
}

fn calls(world: &World) -> u64 {
    world.simulator.counts().into_values().sum()
}

/// The lists of each source, with how often each of them is asked for.
fn lists() -> BTreeMap<Source, BTreeMap<String, u64>> {
    let mut lists: BTreeMap<Source, BTreeMap<String, u64>> = BTreeMap::new();
    let mut add = |source: Source, call: String, times| {
        *lists.entry(source).or_default().entry(call).or_default() += times;
    };
    for call in ["ListClusters", "ListTaskDefinitions", "ListDaemonTaskDefinitions"] {
        add(Source::Ecs, format!("ecs:{call}"), 1);
    }
    add(Source::Kubernetes, "eks:ListClusters".to_owned(), 1);
    add(Source::Lambda, "lambda:ListFunctions".to_owned(), 1);
    for table in described_tables().unwrap().as_array().unwrap() {
        let source: Source = table["source"].as_str().unwrap().parse().unwrap();
        for row in table["reads"].as_array().unwrap() {
            let instead = row["probe"].as_array().unwrap();
            for row in if instead.is_empty() { std::slice::from_ref(row) } else { instead } {
                let service = row["service"]["name"].as_str().unwrap();
                let given = row["given"].as_array().unwrap().iter();
                let times = given.filter_map(|it| Some(it[1]["each"].as_array()?.len() as u64));
                let call = format!("{service}:{}", row["operation"].as_str().unwrap());
                add(source, call, times.product());
            }
        }
    }
    lists
}

#[tokio::test]
async fn a_call_for_each_list_tells_that_nothing_of_a_source_is_there() {
    let world = world(snapshot(json!([]), json!({})), false).await;
    let lists = lists();
    for source in sources() {
        world.simulator.reset_counts();
        assert_eq!(world.probe(source).await.unwrap(), None, "{source}");
        assert_eq!(world.simulator.counts(), lists[&source], "{source}");
    }
}

/// What each list answers where there is one thing, of the sources that are no tables.
const SOMETHING: [(&str, &str); 5] = [
    ("ecs:ListClusters", r#"{ "clusterArns": ["arn:one"] }"#),
    ("ecs:ListTaskDefinitions", r#"{ "taskDefinitionArns": ["arn:one"] }"#),
    (
        "ecs:ListDaemonTaskDefinitions",
        r#"{ "daemonTaskDefinitions": [{ "arn": "arn:one", "status": "ACTIVE" }] }"#,
    ),
    ("eks:ListClusters", r#"{ "clusters": ["one"] }"#),
    (
        "lambda:ListFunctions",
        r#"{ "Functions": [{ "FunctionName": "one", "FunctionArn": "arn:one", "PackageType": "Image", "Version": "1" }] }"#,
    ),
];

#[tokio::test]
async fn what_any_list_has_is_found_though_every_other_is_denied() {
    let world = world(snapshot(json!([]), json!({})), true).await;
    for (source, lists) in lists() {
        for list in lists.keys() {
            let denied = lists.keys().filter(|other| *other != list).map(|other| {
                let denied = json!({ "error": { "code": "AccessDeniedException" } });
                json!({ "operation": other, "effect": denied })
            });
            let something = SOMETHING.iter().filter(|(it, _)| it == list).map(|(_, body)| {
                let effect = json!({ "respond": { "status": 200, "body": body } });
                json!({ "operation": list, "effect": effect })
            });
            world.faults(&denied.chain(something).collect());
            let found = world.probe(source).await.unwrap();
            assert!(found.is_some(), "{source}: {list}");
        }
    }
}

#[tokio::test]
async fn one_call_tells_that_something_is_there_and_names_it() {
    let cluster = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/web");
    let function = json!({
        "Configuration": {
            "FunctionName": "f", "PackageType": "Image", "Version": "$LATEST",
            "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"),
        },
        "Code": { "ImageUri": format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app:v1") },
    });
    let place = |mut value: Value| {
        value["account"] = ACCOUNT.into();
        value["region"] = REGION.into();
        json!([value])
    };
    let workloads = json!({
        "regions": [REGION],
        "ecs": place(json!({ "clusters": [{ "clusterArn": cluster, "clusterName": "web" }] })),
        "lambda": place(json!({ "functions": [function] })),
    });
    let world = world(snapshot(json!([]), workloads), true).await;
    for source in sources().filter(|source| *source != Source::Kubernetes) {
        world.simulator.reset_counts();
        let Found { count, is_more, example } = world.probe(source).await.unwrap().unwrap();
        assert!(count > 0 && !is_more && !example.is_empty(), "{source}: {count} {example}");
        assert_eq!(calls(&world), 1, "{source}: {:?}", world.simulator.counts());
        if source == Source::Ecs {
            assert_eq!((count, &*example), (1, &*cluster));
        }
    }
    world.respond("eks:ListClusters", json!({ "clusters": ["blue", "green"] }).to_string());
    let found = world.probe(Source::Kubernetes).await.unwrap();
    assert_eq!(found, Some(Found { count: 2, is_more: false, example: "blue".into() }));
}

#[tokio::test]
async fn a_function_that_is_an_archive_speaks_against_nothing() {
    let world = world(snapshot(json!([]), json!({})), false).await;
    let archive = json!({ "Functions": [{
        "FunctionName": "f", "PackageType": "Zip", "Version": "$LATEST", "Runtime": "python3.13",
        "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"),
    }] });
    world.respond("lambda:ListFunctions", archive.to_string());
    assert_eq!(world.probe(Source::Lambda).await.unwrap(), None);
}

#[tokio::test]
async fn a_first_look_that_is_denied_says_so() {
    let world = world(snapshot(json!([]), json!({})), false).await;
    world.fault("*", error("AccessDeniedException"));
    for source in sources() {
        let denied = world.probe(source).await.unwrap_err();
        let is_denied = |error: &ScanError| matches!(error, ScanError::Aws(error) if error.kind == AwsErrorKind::AccessDenied);
        assert!(is_denied(&denied), "{source}: {denied:?}");
    }
}

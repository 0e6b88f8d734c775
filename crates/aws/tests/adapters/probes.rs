//! First looks at sources that a policy turns off: one list call each.

use ecr_sweep_aws::AwsErrorKind;
use ecr_sweep_aws::sources::{Found, ScanError, Sources};
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

#[tokio::test]
async fn one_call_tells_that_nothing_of_a_source_is_there() {
    let world = world(snapshot(json!([]), json!({})), false).await;
    for source in sources() {
        world.simulator.reset_counts();
        assert_eq!(world.probe(source).await.unwrap(), None, "{source}");
        assert_eq!(calls(&world), 1, "{source}: {:?}", world.simulator.counts());
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

//! Clusters, each with a row of its own, and usage files in their stead.

use std::collections::BTreeMap;

use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::{CoverageStatus, Source};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{Stage, keys};
use serde_json::json;

use crate::world::{ACCOUNT, HOST, KEEP_ONE, REGION, World, error, fault, now, policy, small};

/// The small organization with a cluster that denies the caller; files may tell of it.
async fn world() -> World {
    let mut world = World::start(small()).await;
    let listed = Effect::Respond {
        status: 200,
        headers: BTreeMap::new(),
        body: json!({ "clusters": ["blue"] }).to_string(),
    };
    world.simulator.set_faults(vec![
        fault("eks:ListClusters", listed),
        fault("eks:DescribeCluster", error("AccessDeniedException")),
    ]);
    let path = world.path("usage.json");
    let files = format!("usage: {{ files: [{{ path: {}, max_age: 1d }}] }}", path.display());
    let off = "source: files, reason";
    world.policy =
        policy(&files, KEEP_ONE).replace(off, "source: ecs, regions: [eu-south-1], reason");
    world
}

fn write(world: &World, complete: bool) {
    let file = json!({
        "schema_version": 1, "taken_at": now(),
        "scanned": [{
            "account": ACCOUNT, "region": REGION, "cluster": "blue", "source": "kubernetes",
            "complete": complete, "reason": "no", "found": 3, "references": 1,
        }],
        "usage": [{
            "account": ACCOUNT, "region": REGION, "cluster": "blue", "source": "kubernetes-pod",
            "arn": "blue/shop/pod/web", "reference": format!("{HOST}/dev/app:v1"),
        }],
    });
    let path = world.path("usage.json");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, file.to_string()).unwrap();
}

async fn blue(world: &World, run: &str) -> (CoverageStatus, Option<Box<str>>) {
    let run = world.run(run);
    let coverage = run.read(&keys::coverage(&run.id, Stage::Plan)).await.unwrap().coverage;
    let is_blue =
        |it: &&ecr_sweep_core::CoverageRow| it.source == Source::Kubernetes && it.cluster.is_some();
    let rows: Vec<_> = coverage.except.iter().filter(is_blue).collect();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    (row.status, row.reason.clone())
}

#[tokio::test]
async fn a_cluster_that_cannot_be_read_is_complete_where_a_file_saw_it_whole() {
    let world = world().await;
    write(&world, true);
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Done, "{:?}", summary.incomplete);
    let (status, reason) = blue(&world, "r1").await;
    assert_eq!(status, CoverageStatus::Complete);
    assert!(reason.unwrap().contains("usage.json` says what is there"));
    let plan = world.plan("r1", Stage::Plan, "dev/app").await.plan;
    let codes = plan.keep.iter().flat_map(|kept| &kept.reasons).map(|it| it.code.text());
    assert!(codes.into_iter().any(|code| code == "used-by-kubernetes-pod"));
}

#[tokio::test]
async fn a_cluster_that_nobody_saw_whole_is_a_gap_of_its_own() {
    let world = world().await;
    write(&world, false);
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Incomplete);
    let (status, reason) = blue(&world, "r1").await;
    assert_eq!(status, CoverageStatus::Failed);
    assert!(reason.unwrap().contains("eks:DescribeCluster"));
    let gaps = summary.gaps();
    let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
    let place = gap.place.as_ref().unwrap().to_string();
    assert_eq!(place, format!("{ACCOUNT}/{REGION}/blue"));
}

#[tokio::test]
async fn clusters_that_cannot_be_listed_are_a_gap_whatever_a_file_says() {
    let world = world().await;
    write(&world, true);
    world.fault("eks:ListClusters", error("AccessDeniedException"));
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Incomplete);
    let gaps = summary.gaps();
    let places: Vec<_> = gaps.iter().map(|gap| (gap.source, gap.place.clone().unwrap())).collect();
    assert_eq!(places, [(Source::Kubernetes, crate::world::place().into())]);
}

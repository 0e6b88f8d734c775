//! Who else reads a registry: another run store, whose reads of manifests look like pulls here.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use ecr_sweep_aws::store::FolderStore;
use ecr_sweep_core::{MediaType, WarningCode};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorFinding};
use ecr_sweep_protocol::documents::{KnownRegistries, RunSummary, keys, read};
use ecr_sweep_steps::{DoctorRequest, Environment, RunOptions, dry_run, examine};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::world::{World, draft, id, old, organization, policy};

const KEEP_ONE: &str = r#"
repositories:
  - match: { name: ["dev/*"] }
    keep: { newest: 1 }
"#;

/// Two repositories of three old indexes of one image each, and an image that stays.
async fn world() -> World {
    let repository = |name: &str, first: u32| {
        let indexes = (first..first + 3).map(|number| {
            let mut index = old(number, &[]);
            index["media_type"] = json!(MediaType::OciIndex);
            index["children"] = json!([draft(number + 10)]);
            index
        });
        let children = (first + 10..first + 13).map(|number| old(number, &[]));
        let mut newest = old(first + 20, &["v1"]);
        newest["pushed_at"] = "2026-03-01T00:00:00Z".into();
        let images: Vec<Value> = indexes.chain(children).chain([newest]).collect();
        json!({ "name": name, "images": images })
    };
    let repositories = json!([repository("dev/one", 100), repository("dev/two", 200)]);
    let mut world = World::start(organization(&repositories, &json!({}))).await;
    world.policy = policy("", KEEP_ONE);
    world
}

fn told(summary: &RunSummary) -> Vec<&str> {
    let warnings = summary.warnings.iter();
    warnings.filter(|it| it.code == WarningCode::ReadByAnother).map(|it| &*it.detail).collect()
}

fn known(world: &World) -> KnownRegistries {
    read(&fs::read(world.path(&keys::KNOWN_REGISTRIES)).unwrap()).unwrap()
}

#[tokio::test]
async fn a_store_that_finds_the_reads_of_another_says_so_and_what_it_knows_of_the_registry() {
    let world = world().await;
    let other = tempfile::tempdir().unwrap();
    let elsewhere = Environment {
        store: Arc::new(FolderStore::new(other.path().to_owned())),
        ..world.environment()
    };
    let first = dry_run(&elsewhere, &id("theirs"), world.options()).await.unwrap();
    assert_eq!(told(&first), <[&str; 0]>::default(), "its own reads it knows");

    let summary = world.dry_run("r1").await;
    let [warning] = told(&summary)[..] else { panic!("{:?}", summary.warnings) };
    for part in ["6 indexes of 2 repositories", "no run of this store has read", "--principal-arn"]
    {
        assert!(warning.contains(part), "{warning}");
    }
    // By then this store knows the registry, and still not whose those reads are.
    let again = world.dry_run("r2").await;
    let [warning] = told(&again)[..] else { panic!("{:?}", again.warnings) };
    assert!(warning.contains("runs of this store read there since"), "{warning}");
    let theirs = dry_run(&elsewhere, &id("theirs-2"), world.options()).await.unwrap();
    assert_eq!(told(&theirs), <[&str; 0]>::default());
}

#[tokio::test]
async fn the_doctor_tells_of_another_reader_what_the_last_run_found() {
    let world = world().await;
    let found = async || {
        let policy = ecr_sweep_policy::read("p", &world.policy, Use::Live).unwrap().policy;
        let request = DoctorRequest { policy, ..DoctorRequest::default() };
        let report = examine(&world.environment(), request).await.unwrap();
        let is_of = |it: &DoctorFinding| it.code == DoctorCode::ReadByAnother;
        report.findings.into_iter().filter(is_of).collect::<Vec<_>>()
    };
    assert_eq!(found().await, []);
    let other = tempfile::tempdir().unwrap();
    let elsewhere = Environment {
        store: Arc::new(FolderStore::new(other.path().to_owned())),
        ..world.environment()
    };
    dry_run(&elsewhere, &id("theirs"), world.options()).await.unwrap();
    world.dry_run("r1").await;
    let [finding] = &found().await[..] else { panic!("one registry") };
    assert_eq!(finding.objects, [Box::from("111122223333/eu-west-1")]);
    assert!(finding.problem.contains("`r1` found that 6 indexes"), "{finding:?}");
}

#[tokio::test]
async fn a_store_remembers_its_registries_and_who_reads_them() {
    let world = world().await;
    world.dry_run("r1").await;
    world.sweep("r2").await;
    let known = known(&world);
    let [registry] = &known.registries[..] else { panic!("{known:?}") };
    let [reader] = &registry.readers[..] else { panic!("{registry:?}") };
    assert_eq!((reader.first_run.as_str(), reader.last_run.as_str()), ("r1", "r2"));
    assert_eq!(&*reader.arn, "arn:aws:iam::111122223333:root");
}

#[tokio::test]
async fn of_runs_at_once_none_is_forgotten() {
    let world = world().await;
    let regions = ["eu-west-1", "us-east-1", "eu-central-1", "ap-south-1"];
    let (environment, options) = (&world.environment(), &world.options());
    join_all(regions.map(async |region| {
        let scope = format!("  registries: {{ regions: [{region}] }}");
        let options = RunOptions { policy: policy(&scope, KEEP_ONE), ..options.clone() };
        dry_run(environment, &id(region), options).await.unwrap();
    }))
    .await;
    let known = known(&world).registries;
    let last = known.iter().map(|it| it.readers[0].last_run.as_str());
    assert_eq!(last.collect::<BTreeSet<_>>(), BTreeSet::from(regions));
}

#[tokio::test]
async fn what_is_known_of_registries_stops_no_run_however_it_is_damaged() {
    let world = world().await;
    world.dry_run("r1").await;
    fs::write(world.path(&keys::KNOWN_REGISTRIES), "{").unwrap();
    let summary = world.dry_run("r2").await;
    assert_eq!((summary.failed, summary.totals.blocked), (vec![], 0));
}

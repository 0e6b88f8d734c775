//! The report of a run: pages beside its documents, which nothing depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{RunImages, keys};
use ecr_sweep_protocol::report::Report;
use ecr_sweep_report::{INDEX, image_rows, page_name};
use ecr_sweep_steps::{dry_run, gather_report, sweep};

use crate::stopping::FailingStore;
use crate::world::{DELETED, KEPT, World, id, in_registry, small};

fn page(world: &World, run: &str, name: &str) -> String {
    std::fs::read_to_string(world.path(&keys::report_page(&id(run), name))).unwrap()
}

#[tokio::test]
async fn a_run_leaves_a_page_and_one_for_each_repository() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let index = page(&world, "r1", INDEX);
    assert!(
        index.contains("What would go") && index.contains(&page_name(&in_registry("dev/app"))),
        "{index}"
    );
    let of_app = page(&world, "r1", &page_name(&in_registry("dev/app")));
    for number in KEPT.iter().chain(&DELETED) {
        assert!(of_app.contains(&world.digest(*number).to_string()), "{number}");
    }
}

#[tokio::test]
async fn after_a_sweep_the_pages_say_what_went() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let index = page(&world, "r1", INDEX);
    assert!(index.contains("What went"), "{index}");
    let of_app = page(&world, "r1", &page_name(&in_registry("dev/app")));
    assert_eq!(of_app.matches("<td class=\"x\">deleted</td>").count(), DELETED.len());
}

#[tokio::test]
async fn the_images_are_stored_as_they_were_planned() {
    let world = World::start(small()).await;
    let before = world.images("dev/app");
    world.sweep("r1").await;
    let key = keys::images(&id("r1"), &in_registry("dev/app"));
    let stored: RunImages =
        serde_json::from_slice(&std::fs::read(world.path(&key)).unwrap()).unwrap();
    let stored: BTreeSet<Digest> = stored.images.iter().map(|image| image.digest).collect();
    assert_eq!(stored, before);
}

#[tokio::test]
async fn a_report_that_cannot_be_written_fails_no_run() {
    let world = World::start(small()).await;
    let store = FailingStore::with(BTreeMap::new(), None);
    store.refuse("sweeps/r1/report/");
    let mut environment = world.environment();
    environment.store = Arc::clone(&store) as _;
    let swept = sweep(&environment, &id("r1"), world.options(), async |_| true).await.unwrap();
    assert_eq!((swept.ending, swept.totals.outcomes.deleted), (Ending::Done, DELETED.len() as u64));
    assert!(store.documents().keys().all(|key| !key.contains("/report/")));
}

#[tokio::test]
async fn a_page_that_cannot_be_written_leaves_no_older_report_in_its_place() {
    let world = World::start(small()).await;
    let store = FailingStore::with(BTreeMap::new(), None);
    store.refuse(&keys::report_page(&id("r1"), &page_name(&in_registry("dev/app"))));
    let mut environment = world.environment();
    environment.store = Arc::clone(&store) as _;
    dry_run(&environment, &id("r1"), world.options()).await.unwrap();
    let index = &store.documents()[&keys::report_page(&id("r1"), INDEX)];
    let index = String::from_utf8_lossy(index);
    assert!(index.contains("There is no report of the run r1"), "{index}");
}

async fn gathered(world: &World, run: &str) -> (Report, Vec<Vec<u8>>) {
    let environment = world.environment();
    let key = keys::summary(&id(run), ecr_sweep_protocol::documents::Stage::Plan);
    let summary = environment.find(&key).await.unwrap().unwrap();
    let mut made = Vec::new();
    let keep = |rows| {
        made.push(rows);
        Ok(())
    };
    let rows = async |record| Ok(image_rows(&record).unwrap());
    let report = gather_report(&*environment.store, summary, rows, keep, || false).await.unwrap();
    (report, made)
}

#[tokio::test]
async fn runs_before_are_told_and_what_plans_only_some_is_none_of_them() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let mut options = world.options();
    options.repositories = vec!["dev/app".into()];
    dry_run(&world.environment(), &id("r2"), options).await.unwrap();
    world.dry_run("r3").await;
    let (report, rows) = gathered(&world, "r3").await;
    let past: Vec<&str> = report.past.iter().map(|run| run.run.as_str()).collect();
    assert_eq!((past, rows.len()), (vec!["r1", "r3"], 1));
}

#[tokio::test]
async fn a_plan_that_cannot_be_read_is_told_and_nothing_is_made_up() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let plan =
        keys::plan(&id("r1"), ecr_sweep_protocol::documents::Stage::Plan, &in_registry("dev/app"));
    std::fs::write(world.path(&plan), "{").unwrap();
    let (report, rows) = gathered(&world, "r1").await;
    assert_eq!((report.not_read.len(), rows.len()), (1, 0));
    assert!(report.kept_for.is_empty() && report.biggest.is_empty());
}

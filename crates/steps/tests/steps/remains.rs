//! What can still be told and undone where documents of a run are gone or damaged, and what a dry run of that
//! promises.

use std::collections::BTreeSet;

use ecr_sweep_aws_sim::SimulatorOptions;
use ecr_sweep_core::{Digest, sha256};
use ecr_sweep_protocol::documents::{DeletionOutcome, RestoreOutcome, keys};
use ecr_sweep_protocol::{ExitCode, Restoration};
use ecr_sweep_steps::{FoundDeletions, Run, find_deleted, restorable, restore};
use jiff::SignedDuration;

use crate::vaulting::vaulting;
use crate::world::{DELETED, World, changing_calls, error, id, in_registry, small};

async fn found(world: &World) -> FoundDeletions {
    find_deleted(&world.environment(), &id("r1"), |_, _| true).await.unwrap()
}

async fn restored(world: &World) -> Restoration {
    let run = Run::open(&world.environment(), &id("r1")).await.unwrap();
    restore(&run, found(world).await).await.unwrap()
}

async fn foreseen(world: &World) -> Restoration {
    let run = Run::open(&world.environment(), &id("r1")).await.unwrap();
    restorable(&run, found(world).await).await.unwrap()
}

fn outcome(world: &World, restoration: &Restoration, number: u32) -> RestoreOutcome {
    restoration.repositories[0].image(world.digest(number)).unwrap().outcome.clone()
}

/// The keys of all documents of the run in a folder of it, with where they are.
async fn documents(world: &World, folder: &str) -> Vec<std::path::PathBuf> {
    let store = world.run("r1").store.clone();
    let keys = store.list(&format!("sweeps/r1/{folder}/")).await.unwrap();
    assert!(!keys.is_empty(), "{folder}");
    keys.iter().map(|key| world.path(key)).collect()
}

fn unreadable(restoration: &Restoration) -> Vec<&str> {
    restoration.unreadable.iter().map(|it| &*it.address).collect()
}

fn damage(path: &std::path::Path) {
    std::fs::write(path, "{ \"schema_version\": 1, ").unwrap();
}

fn forgetful() -> SimulatorOptions {
    SimulatorOptions {
        layers_outlive_images: Some(SignedDuration::ZERO),
        ..SimulatorOptions::default()
    }
}

#[tokio::test]
async fn a_run_whose_receipts_are_gone_has_not_deleted_nothing() {
    let world = World::start(small()).await;
    let deleted = world.sweep("r1").await.totals.outcomes.deleted;
    let left = world.images("dev/app");
    for folder in ["receipts", "batches"] {
        std::fs::remove_dir_all(world.path(&format!("sweeps/r1/{folder}"))).unwrap();
    }
    for restoration in [foreseen(&world).await, restored(&world).await] {
        let missing = &restoration.missing_receipts;
        assert_eq!((missing.len(), &*missing[0].repository), (1, "dev/app"));
        assert_eq!((missing[0].images, deleted), (DELETED.len() as u64, DELETED.len() as u64));
        assert_eq!(restoration.exit_code(), ExitCode::Incomplete);
        assert_eq!(restoration.repositories, []);
    }
    assert_eq!(world.images("dev/app"), left);
}

#[tokio::test]
async fn what_a_damaged_document_of_receipts_named_comes_back_by_its_batches() {
    let world = World::start(small()).await;
    let before = world.images("dev/app");
    world.sweep("r1").await;
    let receipts = world.path(&keys::receipts(&id("r1"), &in_registry("dev/app")));
    damage(&receipts);
    let restoration = restored(&world).await;
    assert_eq!(world.images("dev/app"), before);
    assert_eq!(unreadable(&restoration), [receipts.to_str().unwrap()]);
    assert_eq!(
        (restoration.missing_receipts.len(), restoration.exit_code()),
        (0, ExitCode::Incomplete)
    );
}

#[tokio::test]
async fn a_damaged_batch_costs_the_images_of_no_other() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let receipts = documents(&world, "receipts").await;
    let batches = documents(&world, "batches").await;
    assert!(batches.len() > 1, "{batches:?}");
    std::fs::remove_file(&receipts[0]).unwrap();
    // That of the children and of the signature.
    damage(&batches[1]);
    let restoration = restored(&world).await;
    assert_eq!(unreadable(&restoration), [batches[1].to_str().unwrap()]);
    assert_eq!(restoration.missing_receipts[0].images, 3);
    for number in [1, 2] {
        assert_eq!(outcome(&world, &restoration, number), RestoreOutcome::Restored);
    }
}

#[tokio::test]
async fn a_damaged_pack_costs_the_images_of_no_other_and_is_told() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let packs = documents(&world, "packs").await;
    assert!(packs.len() > 1, "{packs:?}");
    damage(&packs[0]);
    let restoration = restored(&world).await;
    assert_eq!(unreadable(&restoration), [packs[0].to_str().unwrap()]);
    let outcomes = DELETED.map(|number| outcome(&world, &restoration, number));
    let lost = outcomes.iter().filter(|it| matches!(it, RestoreOutcome::NoManifest { .. })).count();
    assert!(lost > 0 && lost < DELETED.len(), "{outcomes:?}");
    let back = outcomes.iter().filter(|it| **it == RestoreOutcome::Restored).count();
    assert_eq!((back + lost, restoration.exit_code()), (DELETED.len(), ExitCode::Incomplete));
}

#[tokio::test]
async fn a_list_of_repositories_that_cannot_be_read_is_made_up_for_by_the_summary() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let list = world.path(&keys::repositories(&id("r1")));
    damage(&list);
    let found = found(&world).await;
    assert_eq!(&*found.unreadable[0].address, list.to_str().unwrap());
    let images: BTreeSet<Digest> = found.repositories[0].digests.clone();
    assert_eq!(images, world.digests(&DELETED));
    // What is named is found, whatever cannot be told of others.
    assert!(found.wanted_alone().is_all_known());
}

#[tokio::test]
async fn what_was_put_back_and_cannot_be_read_any_more_is_looked_up() {
    let world = World::start(small()).await;
    let before = world.images("dev/app");
    world.sweep("r1").await;
    restored(&world).await;
    damage(&world.path(&keys::restored(&id("r1"), &in_registry("dev/app"))));
    world.simulator.reset_counts();
    let restoration = restored(&world).await;
    assert_eq!((world.images("dev/app"), restoration.exit_code()), (before, ExitCode::Done));
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn an_index_is_not_promised_whose_children_would_not_come_back() {
    let world = World::with(small(), forgetful()).await;
    world.sweep("r1").await;
    let (told, done) = (foreseen(&world).await, restored(&world).await);
    for number in DELETED {
        let (told, done) = (outcome(&world, &told, number), outcome(&world, &done, number));
        assert!(!told.is_good() && !done.is_good(), "{number}: {told:?}, {done:?}");
    }
    let index = outcome(&world, &told, 4);
    let RestoreOutcome::Failed { code, reason } = &index else { panic!("{index:?}") };
    assert_eq!(&**code, "ReferencedImagesNotFoundException");
    assert!(reason.contains("would not come back"), "{reason}");
    assert_eq!(told.exit_code(), ExitCode::Incomplete);
}

#[tokio::test]
async fn a_copy_in_the_vault_that_is_damaged_is_not_promised() {
    let world = vaulting().await;
    world.sweep("r1").await;
    let layer = |number: u32| sha256((1000 + number).to_string().as_bytes());
    let blob = |number| world.path(&format!("vault/blobs/sha256/{}", layer(number).hex()));
    assert_eq!(foreseen(&world).await.exit_code(), ExitCode::Done);
    std::fs::write(blob(2), b"1003").unwrap();
    std::fs::remove_file(blob(5)).unwrap();
    let told = foreseen(&world).await;
    for number in [2, 5] {
        let gone = RestoreOutcome::LayersGone { layers: vec![layer(number)] };
        assert_eq!(outcome(&world, &told, number), gone);
    }
    assert_eq!(outcome(&world, &told, 1), RestoreOutcome::Restorable);
    assert!(!outcome(&world, &told, 4).is_good(), "it lists what is lost");
    let done = restored(&world).await;
    for number in DELETED {
        let (told, done) = (outcome(&world, &told, number), outcome(&world, &done, number));
        assert_eq!(told.is_good(), done.is_good(), "{number}: {told:?}, {done:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_neither_promised_nor_denied() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    world.fault("ecr:BatchCheckLayerAvailability", error("AccessDeniedException"));
    let told = foreseen(&world).await;
    for number in DELETED {
        let outcome = outcome(&world, &told, number);
        assert!(matches!(outcome, RestoreOutcome::CannotTell { .. }), "{number}: {outcome:?}");
    }
    assert_eq!(told.exit_code(), ExitCode::Incomplete);
}

#[tokio::test]
async fn a_tag_that_cannot_be_moved_is_looked_up() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    restored(&world).await;
    let tags = |restoration: &Restoration| {
        let image = restoration.repositories[0].image(world.digest(1)).unwrap();
        (image.tags.clone(), image.tags_elsewhere.clone())
    };
    // As if the first answers had been lost: it is put again, and what the registry says then is no other image's.
    let run = world.run("r1");
    let key = keys::restored(&run.id, &in_registry("dev/app"));
    let mut stored = run.read(&key).await.unwrap();
    for image in &mut stored.images {
        image.outcome = RestoreOutcome::Asked;
    }
    let bytes = ecr_sweep_protocol::documents::write(&stored).unwrap();
    run.store.put(&key, bytes).await.unwrap();
    world.fault("ecr:PutImage", error("ImageTagAlreadyExistsException"));
    assert_eq!(tags(&restored(&world).await), (vec!["v1".into()], vec![]));
}

#[tokio::test]
async fn a_receipt_that_says_asked_is_of_what_may_have_gone() {
    let world = World::start(small()).await;
    world.fault("ecr:BatchDeleteImage", ecr_sweep_aws_sim::Effect::DropAnswer);
    let summary = world.sweep("r1").await;
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Asked);
    let unknown = &summary.repositories[0].not_deleted;
    assert!(unknown.iter().any(|row| row.unknown && row.images == 3), "{unknown:?}");
    assert_eq!(summary.ending.exit_code(), ExitCode::Partial);
}

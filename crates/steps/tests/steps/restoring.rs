//! Images that were deleted and come back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use ecr_sweep_aws::{Deadline, Stop};
use ecr_sweep_aws_sim::{Effect, Fault, SimulatorOptions};
use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{RestoreOutcome, keys};
use ecr_sweep_protocol::{ExitCode, Restoration};
use ecr_sweep_steps::{
    Environment, HeldLock, Phase, Run, StepError, find_deleted, restorable, restore,
};
use jiff::SignedDuration;

use crate::world::{DELETED, World, changing_calls, error, fault, id, in_registry, place, small};

/// The tags of each image that `dev/app` has.
fn tags(world: &World) -> BTreeMap<Digest, Vec<Box<str>>> {
    let images = world.simulator.images(&place(), "dev/app").unwrap();
    images.into_iter().map(|image| (image.digest, image.tags)).collect()
}

/// Restores of the run `r1` what is wanted of these images; all, if none is named.
async fn try_restore(
    environment: &Environment,
    wanted: &BTreeSet<Digest>,
) -> Result<Restoration, StepError> {
    let run = Run::open(environment, &id("r1")).await?;
    let is_wanted = |_: &_, receipt: &ecr_sweep_protocol::documents::Receipt| {
        wanted.is_empty() || wanted.contains(&receipt.digest)
    };
    let deleted = find_deleted(environment, &id("r1"), is_wanted).await?;
    restore(&run, deleted).await
}

async fn restore_all(world: &World) -> Restoration {
    try_restore(&world.environment(), &BTreeSet::new()).await.unwrap()
}

fn outcome(world: &World, restoration: &Restoration, number: u32) -> RestoreOutcome {
    let digest = world.digest(number);
    restoration.repositories[0].image(digest).unwrap().outcome.clone()
}

#[tokio::test]
async fn everything_that_a_run_has_deleted_comes_back_with_its_tags() {
    let world = World::start(small()).await;
    let before = tags(&world);
    world.sweep("r1").await;
    assert_ne!(tags(&world), before);
    let restoration = restore_all(&world).await;
    assert_eq!(tags(&world), before);
    for number in DELETED {
        assert_eq!(outcome(&world, &restoration, number), RestoreOutcome::Restored);
    }
    assert_eq!(restoration.exit_code(), ExitCode::Done);
    let run = world.run("r1");
    let stored = run.read(&keys::restored(&run.id, &in_registry("dev/app"))).await.unwrap();
    assert_eq!(stored, restoration.repositories[0]);
    assert!(stored.images.iter().all(|image| image.answered_at.is_some()));
    let lock = run.read(&keys::LOCK).await.unwrap();
    assert!(lock.released_at.is_some());
}

#[tokio::test]
async fn what_is_restored_once_is_not_put_again() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let first = restore_all(&world).await;
    world.simulator.reset_counts();
    assert_eq!(restore_all(&world).await, first);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn an_image_comes_with_what_it_lists_and_what_refers_to_it() {
    for (named, with_it) in [(1, &[1, 7][..]), (4, &[4, 5, 6]), (5, &[5]), (7, &[7])] {
        let world = World::start(small()).await;
        world.sweep("r1").await;
        let left = world.images("dev/app");
        let wanted = world.digests(&[named]);
        try_restore(&world.environment(), &wanted).await.unwrap();
        let back: BTreeSet<Digest> = world.images("dev/app").difference(&left).copied().collect();
        assert_eq!(back, world.digests(with_it), "{named}");
    }
}

#[tokio::test]
async fn a_tag_that_is_elsewhere_by_now_stays_there() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    world.somebody().pushes("v1").await;
    let restoration = restore_all(&world).await;
    let image = restoration.repositories[0].image(world.digest(1)).unwrap().clone();
    assert_eq!((image.outcome, image.tags), (RestoreOutcome::Restored, vec![]));
    assert_eq!(&*image.tags_elsewhere[0].tag, "v1");
    let now = tags(&world);
    assert_eq!(now[&world.digest(1)], [] as [Box<str>; 0]);
    assert_eq!(now[&image.tags_elsewhere[0].image.unwrap()], [Box::<str>::from("v1")]);
    assert_eq!(restoration.exit_code(), ExitCode::Done);
}

#[tokio::test]
async fn what_is_there_already_is_left_as_it_is() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let wanted = world.digests(&[2]);
    try_restore(&world.environment(), &wanted).await.unwrap();
    world.sweep("r2").await;
    // Of another run: it has no memory of what was put back.
    let run = world.run("r1");
    std::fs::remove_file(world.path(&keys::restored(&run.id, &in_registry("dev/app")))).unwrap();
    let restoration = restore_all(&world).await;
    assert_eq!(outcome(&world, &restoration, 2), RestoreOutcome::ThereAlready);
    assert_eq!(outcome(&world, &restoration, 1), RestoreOutcome::Restored);
}

#[tokio::test]
async fn an_image_whose_layers_are_gone_says_which_and_stops_no_other() {
    let options = SimulatorOptions {
        layers_outlive_images: Some(SignedDuration::ZERO),
        ..SimulatorOptions::default()
    };
    let world = World::with(small(), options).await;
    world.sweep("r1").await;
    let restoration = restore_all(&world).await;
    for number in [1, 2, 5, 6, 7] {
        let outcome = outcome(&world, &restoration, number);
        let RestoreOutcome::LayersGone { layers } = outcome else { panic!("{outcome:?}") };
        // The configuration is one that a kept image has, too.
        let layer = ecr_sweep_core::sha256((1000 + number).to_string().as_bytes());
        assert_eq!(layers, [layer]);
    }
    let index = outcome(&world, &restoration, 4);
    let RestoreOutcome::Failed { code, .. } = index else { panic!("{index:?}") };
    assert_eq!(&*code, "ReferencedImagesNotFoundException");
    assert_eq!(restoration.exit_code(), ExitCode::Incomplete);
}

#[tokio::test]
async fn a_manifest_that_was_changed_is_not_put() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let run = world.run("r1");
    let packs = run.store.list("sweeps/r1/packs/").await.unwrap();
    for pack in packs {
        let path = world.path(&pack);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replace("schemaVersion", "schemaversion")).unwrap();
    }
    world.simulator.reset_counts();
    let restoration = restore_all(&world).await;
    for number in DELETED {
        let outcome = outcome(&world, &restoration, number);
        assert!(matches!(outcome, RestoreOutcome::NoManifest { .. }), "{outcome:?}");
    }
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn telling_what_would_come_back_changes_nothing() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let (environment, left) = (world.environment(), tags(&world));
    world.simulator.reset_counts();
    HeldLock::take(&environment, &id("other")).await.unwrap();
    let run = Run::open(&environment, &id("r1")).await.unwrap();
    let deleted = find_deleted(&environment, &id("r1"), |_, _| true).await.unwrap();
    let restoration = restorable(&run, deleted).await.unwrap();
    for number in DELETED {
        assert_eq!(outcome(&world, &restoration, number), RestoreOutcome::Restorable);
    }
    assert_eq!((changing_calls(&world.simulator.counts()), tags(&world)), ([].into(), left));
    let stored = run.store.list("sweeps/r1/restored/").await.unwrap();
    assert_eq!(stored, [] as [String; 0]);
}

#[tokio::test]
async fn nothing_comes_back_while_another_run_deletes() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    world.simulator.reset_counts();
    HeldLock::take(&world.environment(), &id("other")).await.unwrap();
    let refused = try_restore(&world.environment(), &BTreeSet::new()).await.unwrap_err();
    assert_eq!(refused.exit_code(), ExitCode::Refused);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn who_restores_after_each_answer_was_lost_has_it_all_in_the_end() {
    let calls = {
        let world = World::start(small()).await;
        world.sweep("r1").await;
        restore_all(&world).await;
        world.simulator.count("ecr:PutImage")
    };
    for lost in 0..calls {
        let world = World::start(small()).await;
        let before = tags(&world);
        world.sweep("r1").await;
        // As long as the client asks again.
        let fault =
            Fault { after: lost, times: Some(48), ..fault("ecr:PutImage", Effect::DropAnswer) };
        world.simulator.set_faults(vec![fault]);
        let restoration = restore_all(&world).await;
        assert_eq!(restoration.exit_code(), ExitCode::Incomplete);
        world.simulator.set_faults(Vec::new());
        let restoration = restore_all(&world).await;
        assert_eq!(restoration.exit_code(), ExitCode::Done, "{restoration:?}");
        assert_eq!(tags(&world), before, "{lost}");
    }
}

#[tokio::test]
async fn who_is_stopped_between_two_batches_goes_on_with_the_rest() {
    let world = World::start(small()).await;
    let before = tags(&world);
    world.sweep("r1").await;
    let stop = Stop::new(Box::leak(Box::new(AtomicBool::new(false))));
    let environment = Environment { deadline: Deadline::when(stop), ..world.environment() };
    world.after_each(Phase::RestoreImages, move || stop.ask());
    let restoration = try_restore(&environment, &BTreeSet::new()).await.unwrap();
    assert_eq!(restoration.exit_code(), ExitCode::Interrupted);
    assert_eq!(outcome(&world, &restoration, 4), RestoreOutcome::NotAsked);
    assert_eq!(restore_all(&world).await.exit_code(), ExitCode::Done);
    assert_eq!(tags(&world), before);
}

#[tokio::test]
async fn what_the_registry_refuses_is_told_in_its_words() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    world.fault("ecr:PutImage", error("AccessDeniedException"));
    let restoration = restore_all(&world).await;
    let outcome = outcome(&world, &restoration, 1);
    let RestoreOutcome::Failed { code, reason } = outcome else { panic!("{outcome:?}") };
    assert_eq!(&*code, "AccessDeniedException");
    assert!(reason.contains("ecr:PutImage"), "{reason}");
    assert_eq!(restoration.exit_code(), ExitCode::Incomplete);
}

#[tokio::test]
async fn a_repository_that_is_gone_has_to_be_made_first() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    world.somebody().removes_the_repository().await;
    let restoration = restore_all(&world).await;
    let outcome = outcome(&world, &restoration, 1);
    assert!(matches!(outcome, RestoreOutcome::Failed { .. }), "{outcome:?}");
    assert_eq!(restoration.exit_code(), ExitCode::Incomplete);
}

#[tokio::test]
async fn what_went_by_a_call_whose_answer_was_lost_comes_back_too() {
    let world = World::start(small()).await;
    let before = tags(&world);
    let lost = fault("ecr:BatchDeleteImage", Effect::DropAnswer);
    world.simulator.set_faults(vec![Fault { times: Some(1), ..lost }]);
    let summary = world.sweep("r1").await;
    assert!(summary.totals.outcomes.already_gone > 0, "the call was made again");
    let restoration = restore_all(&world).await;
    assert_eq!(tags(&world), before);
    assert_eq!(restoration.exit_code(), ExitCode::Done);
}

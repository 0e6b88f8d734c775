//! Pulls of others near our own reads: only the very time that a read has left is our own.

use std::collections::BTreeSet;
use std::fs;

use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_core::{Digest, MediaType};
use ecr_sweep_protocol::documents::{ManifestReads, Stage, keys, read, write};
use serde_json::{Value, json};

use crate::world::{
    DELETED, KEEP_ONE, KEPT, World, draft, error, fault, in_registry, old, organization, place,
    policy, small,
};

/// `dev/app` of one image that stays, and four untagged indexes and four images that go.
async fn ticking() -> World {
    let index = |number: u32| {
        let mut index = old(number, &[]);
        index["media_type"] = json!(MediaType::OciIndex);
        index["children"] = json!([draft(number + 10)]);
        index
    };
    let mut newest = old(1, &["v1"]);
    newest["pushed_at"] = "2026-03-01T00:00:00Z".into();
    let images: Vec<Value> = [newest]
        .into_iter()
        .chain((2..6).map(index))
        .chain((6..10).map(|it| old(it, &[])))
        .collect();
    let mut world =
        World::ticking(organization(&json!([{ "name": "dev/app", "images": images }]), &json!({})))
            .await;
    world.policy = policy("minimum_idle: 90d", KEEP_ONE);
    world
}

async fn deleted(world: &World, run: &str) -> BTreeSet<Digest> {
    world.dry_run(run).await;
    let plan = world.plan(run, Stage::Plan, "dev/app").await.plan;
    plan.delete.into_iter().map(|deletion| deletion.digest).collect()
}

fn reads(world: &World) -> ManifestReads {
    let path = world.path(&keys::manifest_reads(&in_registry("dev/app")));
    read(&fs::read(path).unwrap()).unwrap()
}

fn write_reads(world: &World, reads: &ManifestReads) {
    let path = world.path(&keys::manifest_reads(&in_registry("dev/app")));
    fs::write(path, write(reads).unwrap()).unwrap();
}

/// What was read, as a program leaves it that was killed before it had looked.
fn as_if_killed(world: &World) {
    let mut reads = reads(world);
    for read in &mut reads.reads {
        (read.to, read.pulled_after) = (None, None);
    }
    write_reads(world, &reads);
}

#[tokio::test]
async fn a_pull_right_after_our_own_read_is_somebody_elses() {
    let world = ticking().await;
    assert_eq!(deleted(&world, "r1").await, world.digests(&[2, 3, 4, 5, 6, 7, 8, 9]));
    for number in [2, 3] {
        world.somebody().pulls(world.digest(number)).await;
    }
    let after = world.digests(&[4, 5, 6, 7, 8, 9]);
    assert_eq!(deleted(&world, "r2").await, after);
    let summary = world.sweep("r3").await;
    assert_eq!(summary.totals.outcomes.deleted, 6);
    assert_eq!(world.images("dev/app"), world.digests(&[1, 2, 3]));
}

#[tokio::test]
async fn a_pull_after_a_read_that_was_killed_is_somebody_elses() {
    let world = ticking().await;
    deleted(&world, "r1").await;
    as_if_killed(&world);
    for number in [2, 3] {
        world.somebody().pulls(world.digest(number)).await;
    }
    assert_eq!(deleted(&world, "r2").await, world.digests(&[4, 5, 6, 7, 8, 9]));
    // What was settled stays so.
    assert_eq!(reads(&world).reads.len(), 2);
    assert_eq!(deleted(&world, "r3").await, world.digests(&[4, 5, 6, 7, 8, 9]));
}

#[tokio::test]
async fn what_a_killed_program_has_read_is_nobodys_pull() {
    let world = ticking().await;
    let all = deleted(&world, "r1").await;
    as_if_killed(&world);
    assert_eq!(deleted(&world, "r2").await, all);
    assert!(reads(&world).reads.iter().all(|read| read.pulled_after.is_some()));
}

#[tokio::test]
async fn a_window_over_a_century_hides_no_pull() {
    let world = ticking().await;
    deleted(&world, "r1").await;
    world.somebody().pulls(world.digest(2)).await;
    let mut reads = reads(&world);
    for read in &mut reads.reads {
        read.from = "1970-01-01T00:00:00Z".parse().unwrap();
        read.to = Some("2070-01-01T00:00:00Z".parse().unwrap());
    }
    for pulled_after in [None, Some("2026-01-01T00:00:00Z".parse().unwrap())] {
        for read in &mut reads.reads {
            read.pulled_after = pulled_after;
        }
        write_reads(&world, &reads);
        let deleted = deleted(&world, &format!("r{}", pulled_after.is_some())).await;
        assert!(!deleted.contains(&world.digest(2)));
    }
}

#[tokio::test]
async fn a_pull_of_what_a_deletion_has_read_for_nothing_is_somebody_elses() {
    let world = ticking().await;
    world.fault("ecr:BatchDeleteImage", error("AccessDeniedException"));
    world.sweep("r1").await;
    world.simulator.set_faults(Vec::new());
    world.somebody().pulls(world.digest(6)).await;
    assert_eq!(deleted(&world, "r2").await, world.digests(&[2, 3, 4, 5, 7, 8, 9]));
}

#[tokio::test]
async fn what_cannot_be_looked_at_after_a_read_is_looked_at_by_the_next_run() {
    let world = ticking().await;
    // The first call lists the images, the second one looks at what was read.
    let denied = fault("ecr:DescribeImages", error("AccessDeniedException"));
    world.simulator.set_faults(vec![Fault { after: 1, ..denied }]);
    let failed = world.dry_run("r1").await;
    assert_eq!(failed.failed.len(), 1);
    world.simulator.set_faults(Vec::new());
    assert_eq!(deleted(&world, "r2").await.len(), 8);

    let world = ticking().await;
    world.fault("ecr:BatchGetImage", Effect::DropAnswer);
    world.dry_run("r1").await;
    world.simulator.set_faults(Vec::new());
    world.somebody().pulls(world.digest(3)).await;
    assert_eq!(deleted(&world, "r2").await.len(), 7);
}

/// The same of what is remembered of usage: it may shrink what is planned for deletion, and no more.
#[tokio::test]
async fn a_forged_memory_of_usage_frees_no_image() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let memory = world.path(&keys::scan_cache("ecs-task-definitions", &place()));
    let remembered = fs::read_to_string(&memory).unwrap();
    let forged = remembered.replace("dev/app:used", "dev/app:v3");
    assert_ne!(forged, remembered);
    fs::write(&memory, &forged).unwrap();
    world.sweep("r2").await;
    assert!(world.plan("r2", Stage::Plan, "dev/app").await.plan.delete.len() > DELETED.len());
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
}

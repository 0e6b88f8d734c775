//! Exact sizes: each layer that goes is counted once, and no pull time is spoilt for it.

use std::collections::BTreeSet;
use std::fs;

use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::{Digest, Freed, WarningCode};
use ecr_sweep_protocol::documents::{ImageLayers, RunSummary, Stage, keys, read};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, KEEP_ONE, World, error, in_registry, now, old, organization, place, policy,
};

const READ: &str = "ecr:BatchGetImage";

const MIB: u64 = 1 << 20;

/// Images of one size have one layer, here, beside a configuration that all have: one that goes shares its layer with the one
/// that stays, two share theirs with one another, and the rest have none in common.
async fn world() -> World {
    let image = |number: u32, mib: u64, tags: &[&str]| {
        let mut image = old(number, tags);
        image["size_bytes"] = (mib * MIB).into();
        // Two that have the same layers differ in something.
        if number == 2 || number == 4 {
            image["artifact_type"] = "application/vnd.docker.container.image.v1+json".into();
        }
        image
    };
    let mut newest = image(1, 50, &["v1"]);
    newest["pushed_at"] = "2026-03-01T00:00:00Z".into();
    let shared = [image(2, 50, &[]), image(3, 20, &[]), image(4, 20, &[])];
    let others = (5..205).map(|number| image(number, u64::from(number) + 100, &[]));
    let images: Vec<Value> = [newest].into_iter().chain(shared).chain(others).collect();
    let repositories = json!([{ "name": "dev/app", "images": images }]);
    let mut world = World::start(organization(&repositories, &json!({}))).await;
    world.policy = policy("sizes: exact", KEEP_ONE);
    world
}

fn exclude(world: &World) {
    let user = format!("arn:aws:iam::{ACCOUNT}:user/simulated");
    world.simulator.exclude_from_pull_times(&place(), &user);
}

/// What is freed when all but the newest go: 20 MiB once, and those of the rest.
fn exact() -> u64 {
    (20 + (5..205).map(|number| number + 100).sum::<u64>()) * MIB
}

fn pull_times(world: &World) -> Vec<(Digest, Option<Timestamp>)> {
    let images = world.simulator.images(&place(), "dev/app").unwrap();
    images.into_iter().map(|image| (image.digest, image.pulled_at)).collect()
}

async fn deleted(world: &World, run: &str) -> BTreeSet<Digest> {
    let plan = world.plan(run, Stage::Plan, "dev/app").await.plan;
    plan.delete.into_iter().map(|deletion| deletion.digest).collect()
}

fn why(summary: &RunSummary) -> &str {
    let warning = summary.warnings.iter().find(|it| it.code == WarningCode::SizesAtMost);
    &warning.expect("a warning says why").detail
}

#[tokio::test]
async fn each_layer_that_goes_is_counted_once_and_read_once_ever() {
    let world = world().await;
    exclude(&world);
    let before = pull_times(&world);
    let summary = world.dry_run("r1").await;
    let plan = summary.totals.plan;
    assert_eq!((plan.delete, plan.freed), (203, Some(Freed { bytes: exact(), unread: 0 })));
    assert!(plan.delete_bytes > exact());
    let saves = summary.saves.as_ref().unwrap();
    assert!(saves.exact && saves.to_string().starts_with('$'), "{saves}");
    assert_eq!(summary.warnings, []);
    assert_eq!(pull_times(&world), before);
    // One that shows whether reading counts as pulling, then a hundred a call.
    assert_eq!(world.simulator.count(READ), 1 + 3);

    world.simulator.reset_counts();
    let again = world.dry_run("r2").await;
    assert_eq!((again.totals.plan, world.simulator.count(READ)), (plan, 0));
    let stored = fs::read(world.path(&keys::image_layers(&in_registry("dev/app")))).unwrap();
    assert_eq!(read::<ImageLayers>(&stored).unwrap().images.len(), 204);
}

#[tokio::test]
async fn nothing_is_read_where_sizes_are_not_asked_for_or_nothing_goes() {
    let mut world = world().await;
    exclude(&world);
    world.policy = policy("", KEEP_ONE);
    let summary = world.dry_run("r1").await;
    assert_eq!((summary.totals.plan.freed, world.simulator.count(READ)), (None, 0));
    world.policy = policy("sizes: exact", &KEEP_ONE.replace("newest: 1", "pushed_within: 3650d"));
    let summary = world.dry_run("r2").await;
    assert_eq!((summary.totals.plan.delete, world.simulator.count(READ)), (0, 0));
}

#[tokio::test]
async fn where_reading_counts_as_pulling_one_manifest_is_read_and_no_more() {
    let mut world = world().await;
    world.policy = policy("", KEEP_ONE);
    world.dry_run("r0").await;
    let planned = deleted(&world, "r0").await;
    let before = pull_times(&world);

    world.policy = policy("sizes: exact", KEEP_ONE);
    let summary = world.dry_run("r1").await;
    let freed = summary.totals.plan.freed.unwrap();
    assert_eq!((freed.unread, world.simulator.count(READ)), (203, 1));
    assert!(!summary.saves.as_ref().unwrap().exact);
    assert!(why(&summary).contains("register-pull-time-update-exclusion"), "{}", why(&summary));
    let changed = before.iter().zip(pull_times(&world)).filter(|(before, now)| *before != now);
    assert_eq!(changed.count(), 1);

    // That one is no pull of somebody, and it is not asked again before its time can show something else.
    world.dry_run("r2").await;
    assert_eq!((deleted(&world, "r2").await, world.simulator.count(READ)), (planned.clone(), 1));
    exclude(&world);
    world.clock.advance(SignedDuration::from_hours(49));
    let later = now().checked_add(SignedDuration::from_hours(49)).unwrap();
    world.simulator.set_now(later);
    let spoilt = pull_times(&world);
    let summary = world.dry_run("r3").await;
    assert_eq!(summary.totals.plan.freed, Some(Freed { bytes: exact(), unread: 0 }));
    assert_eq!((deleted(&world, "r3").await, pull_times(&world)), (planned, spoilt));
}

#[tokio::test]
async fn what_cannot_be_read_is_the_most_that_it_can_be_and_says_why() {
    let world = world().await;
    exclude(&world);
    world.fault(READ, error("AccessDeniedException"));
    let summary = world.dry_run("r1").await;
    let plan = summary.totals.plan;
    assert_eq!((plan.delete, plan.freed), (203, Some(Freed::at_most(plan.delete_bytes, 204))));
    assert!(why(&summary).contains("ecr:BatchGetImage"), "{}", why(&summary));
    assert_eq!(summary.failed, []);
}

#[tokio::test]
async fn what_was_freed_is_exact_where_all_of_it_went_and_else_at_most() {
    let world = world().await;
    exclude(&world);
    let swept = world.sweep("r1").await;
    assert_eq!((swept.totals.outcomes.deleted, swept.failed.len()), (203, 0));
    assert_eq!(swept.totals.outcomes.freed, Some(Freed { bytes: exact(), unread: 0 }));
    assert!(swept.saved.unwrap().exact);

    let world = self::world().await;
    exclude(&world);
    let images = world.simulator.images(&place(), "dev/app").unwrap();
    let one = images.iter().find(|image| image.size_bytes == Some(105 * MIB)).unwrap().digest;
    world.fault(
        "ecr:BatchDeleteImage",
        Effect::FailImages {
            digests: vec![one],
            code: "KmsError".to_owned(),
            reason: "the key is out of reach".to_owned(),
        },
    );
    let swept = world.sweep("r2").await;
    let freed = swept.totals.outcomes.freed.unwrap();
    assert_eq!(swept.totals.outcomes.failed, 1);
    assert!(!freed.is_exact() && freed.bytes <= exact(), "{freed:?}");
    assert!(!swept.saved.unwrap().exact);
}

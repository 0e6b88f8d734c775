//! With a vault: killed at every point while images are copied and deleted, and while they are put back, and
//! run again: all of it is there in the end, bit for bit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::Receipt;
use ecr_sweep_protocol::{ExitCode, Restoration};
use ecr_sweep_steps::{
    Clock as _, Environment, Run, StepError, find_deleted, restore, sweep, sweep_planned,
};
use futures::TryStreamExt as _;
use jiff::SignedDuration;

use super::is_wide;
use super::points::{At, Points, SteppedStore, until_killed, until_none};
use crate::vault_bucket::vaulting_in_a_bucket;
use crate::vaulting::vaulting;
use crate::world::{KEPT, World, id, place};

/// Whether something is done that outlives the program, with what puts images back.
fn is_side_effect(name: &str) -> bool {
    let puts = ["ecr:PutImage", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "s3:PutObject"];
    super::is_side_effect(name) || puts.contains(&name)
}

fn environment(world: &World, points: &Arc<Points>) -> Environment {
    let of_gate = points.clone();
    world.simulator.keep_gate(move |arrival| {
        let (points, name) = (of_gate.clone(), arrival.operation.to_owned());
        let is_ours = arrival.agent.contains("ecr-sweep");
        Box::pin(async move {
            if is_ours {
                points.pass(name, String::new()).await;
            }
        })
    });
    let environment = world.environment();
    let store = SteppedStore { inner: environment.store.clone(), points: points.clone() };
    Environment { store: Arc::new(store), ..environment }
}

async fn restored(environment: &Environment) -> Result<Restoration, StepError> {
    let run = Run::open(environment, &id("r1")).await?;
    let deleted = find_deleted(environment, &id("r1"), |_, _: &Receipt| true).await?;
    restore(&run, deleted).await
}

/// The tags of each image, and the bytes of each blob, that `dev/app` has.
async fn content(world: &World) -> (BTreeMap<Digest, Vec<Box<str>>>, BTreeSet<Vec<u8>>) {
    let images = world.simulator.images(&place(), "dev/app").unwrap();
    let mut blobs = BTreeSet::new();
    for number in [1, 2, 5, 6, 7] {
        let blob = ecr_sweep_core::sha256((1000 + number).to_string().as_bytes());
        let reader = world.sessions.registry(&place());
        if let Ok(bytes) = reader.open_layer("dev/app", blob).await {
            blobs.insert(bytes.try_concat().await.unwrap());
        }
    }
    (images.into_iter().map(|image| (image.digest, image.tags)).collect(), blobs)
}

/// Lets whoever was killed count as dead.
fn time_goes_by(world: &World) {
    world.clock.advance(SignedDuration::from_mins(16));
    world.simulator.set_now(world.clock.now());
}

/// Kills a sweep before a point, ends it, and puts all of it back. None: it does not come so far.
async fn crash_while_it_goes(world: World, at: usize) -> Option<Vec<String>> {
    let before = content(&world).await;
    let points = Points::new(is_side_effect, At::Killed(at));
    let killed = environment(&world, &points);
    let run = id("r1");
    let sweeping = sweep(&killed, &run, world.options(), async |_| true);
    if until_killed(&points, Box::pin(sweeping)).await.is_some() {
        return None;
    }
    time_goes_by(&world);
    let whole = environment(&world, &Points::new(is_side_effect, At::Never));
    match sweep_planned(&whole, &id("r1"), async |_| true).await {
        Err(StepError::Missing { .. }) => drop(world.sweep("r1").await),
        ended => drop(ended.unwrap()),
    }
    let mut problems = Vec::new();
    if world.images("dev/app") != world.digests(&KEPT) {
        problems.push(format!("after {at}: not all of it went"));
    }
    let restoration = restored(&whole).await.unwrap();
    if restoration.exit_code() != ExitCode::Done || content(&world).await != before {
        problems.push(format!("after {at}: not all of it came back: {restoration:?}"));
    }
    Some(problems)
}

/// Kills what puts images back before a point, and puts them back. None: it does not come so far.
async fn crash_while_it_comes_back(at: usize) -> Option<Vec<String>> {
    let world = vaulting().await;
    let before = content(&world).await;
    world.sweep("r1").await;
    let points = Points::new(is_side_effect, At::Killed(at));
    let killed = environment(&world, &points);
    if until_killed(&points, Box::pin(restored(&killed))).await.is_some() {
        return None;
    }
    time_goes_by(&world);
    let whole = environment(&world, &Points::new(is_side_effect, At::Never));
    let restoration = restored(&whole).await.unwrap();
    let is_whole = restoration.exit_code() == ExitCode::Done && content(&world).await == before;
    let problem = format!("after {at}: not all of it came back: {restoration:?}");
    Some((!is_whole).then_some(problem).into_iter().collect())
}

fn check(reached: Vec<Vec<String>>, least: usize) {
    assert!(reached.len() >= least, "{} points", reached.len());
    let problems: Vec<String> = reached.into_iter().flatten().collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_killed_at_any_point_while_it_is_copied_and_goes_comes_back_bit_for_bit() {
    let step = if is_wide() { 1 } else { 3 };
    let crash = async |at| crash_while_it_goes(vaulting().await, at).await;
    check(until_none((0..).step_by(step), crash).await, 50 / step);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_killed_at_any_point_while_it_is_copied_to_a_bucket_of_its_own_comes_back() {
    let step = if is_wide() { 1 } else { 5 };
    let crash = async |at| crash_while_it_goes(vaulting_in_a_bucket().await, at).await;
    check(until_none((0..).step_by(step), crash).await, 50 / step);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_killed_at_any_point_while_it_comes_back_is_there_in_the_end() {
    check(until_none(0.., crash_while_it_comes_back).await, 15);
}

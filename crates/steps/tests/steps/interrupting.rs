//! Runs that are asked to stop: what is under way is done, and what is left is told.

use std::sync::atomic::AtomicBool;

use ecr_sweep_aws::{Deadline, Stop};
use ecr_sweep_protocol::documents::{RunSummary, Stage, StopWish, keys};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{
    Environment, HeldLock, Phase, StepError, StopMeets, ask_to_stop, dry_run, sweep,
};

use jiff::SignedDuration;

use crate::world::{KEPT, World, changing_calls, id, small};

/// An environment in which somebody may ask to stop.
fn stoppable(world: &World) -> (Environment, Stop) {
    let stop = Stop::new(Box::leak(Box::new(AtomicBool::new(false))));
    (Environment { deadline: Deadline::when(stop), ..world.environment() }, stop)
}

async fn summary(world: &World, run: &str) -> RunSummary {
    let run = world.run(run);
    run.read(&keys::summary(&run.id, Stage::Plan)).await.unwrap()
}

#[tokio::test]
async fn a_sweep_that_is_asked_to_stop_ends_its_batch_and_can_go_on() {
    let world = World::start(small()).await;
    let (environment, stop) = stoppable(&world);
    world.after_each(Phase::DeleteImages, move || stop.ask());
    let stopped = sweep(&environment, &id("r1"), world.options(), async |_| true).await;
    let stopped = stopped.unwrap_err();
    assert!(matches!(stopped, StepError::Interrupted { is_planned: true, .. }), "{stopped:?}");
    assert!(stopped.in_full().contains("what is gone is not asked for again"));
    // The first wave is gone, each with its receipt.
    let summary = summary(&world, "r1").await;
    assert_eq!(summary.ending, Ending::Partial);
    assert!(summary.stopped.unwrap().contains("was interrupted"));
    let outcomes = summary.totals.outcomes;
    assert_eq!((outcomes.deleted, outcomes.not_asked, outcomes.failed), (3, 3, 0));
    let lock = world.run("r1").read(&keys::LOCK).await.unwrap();
    assert!(lock.released_at.is_some());

    let summary = world.sweep_planned("r1").await.unwrap();
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 6));
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
}

#[tokio::test]
async fn who_is_asked_to_stop_before_anything_was_deleted_deletes_nothing() {
    for phase in [Phase::PlanRepos, Phase::RescanUsage, Phase::ReplanRepos, Phase::DeleteImages] {
        let world = World::start(small()).await;
        let (environment, stop) = stoppable(&world);
        world.when(phase, move || stop.ask());
        let stopped = sweep(&environment, &id("r1"), world.options(), async |_| true).await;
        let stopped = stopped.unwrap_err();
        assert_eq!(stopped.exit_code(), ExitCode::Interrupted, "{phase}: {stopped:?}");
        assert_eq!(changing_calls(&world.simulator.counts()), [].into(), "{phase}");
        let summary = summary(&world, "r1").await;
        assert_eq!((summary.ending, summary.dry_run), (Ending::Interrupted, false), "{phase}");
    }
}

#[tokio::test]
async fn a_question_that_is_interrupted_is_no_yes() {
    let world = World::start(small()).await;
    let (environment, stop) = stoppable(&world);
    let confirm = async |_: &RunSummary| {
        stop.ask();
        true
    };
    let stopped = sweep(&environment, &id("r1"), world.options(), confirm).await.unwrap_err();
    assert!(matches!(stopped, StepError::Interrupted { is_planned: true, .. }), "{stopped:?}");
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    assert_eq!(summary(&world, "r1").await.ending, Ending::Interrupted);
}

#[tokio::test]
async fn a_plan_that_is_interrupted_is_recorded_as_that() {
    let world = World::start(small()).await;
    let (environment, stop) = stoppable(&world);
    world.when(Phase::ScanUsage, move || stop.ask());
    let stopped = dry_run(&environment, &id("r1"), world.options()).await.unwrap_err();
    assert_eq!(stopped.exit_code(), ExitCode::Interrupted);
    let summary = summary(&world, "r1").await;
    assert_eq!((summary.ending, summary.dry_run), (Ending::Interrupted, true));
    assert!(summary.gaps().is_empty() && summary.failed.is_empty());
}

/// Asks a run to stop from another process, so to say.
fn ask(environment: &Environment, run: &str) -> StopMeets {
    let (store, run, at) = (environment.store.clone(), id(run), environment.now());
    let asking = std::thread::spawn(move || {
        let wish = StopWish { by: "Ada".into(), at, found: None };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(ask_to_stop(&*store, &run, &wish)).unwrap()
    });
    asking.join().unwrap()
}

#[tokio::test]
async fn a_sweep_that_somebody_else_stops_ends_its_batch_and_goes_on_when_it_is_taken_up() {
    let world = World::start(small()).await;
    let environment = world.environment();
    world.after_each(Phase::DeleteImages, move || {
        assert_eq!(ask(&environment, "r1"), StopMeets::Deletion);
    });
    let stopped = world.try_sweep("r1").await.unwrap_err();
    assert!(matches!(stopped, StepError::Stopped { .. }), "{stopped:?}");
    assert!(stopped.in_full().contains("Ada asked at"), "{}", stopped.in_full());
    let stored = summary(&world, "r1").await;
    assert_eq!(stored.ending, Ending::Partial);
    let outcomes = stored.totals.outcomes;
    assert_eq!((outcomes.deleted, outcomes.not_asked, outcomes.failed), (3, 3, 0));
    let lock = world.run("r1").read(&keys::LOCK).await.unwrap();
    assert!(lock.released_at.is_some());

    world.after_each(Phase::DeleteImages, || {});
    let summary = world.sweep_planned("r1").await.unwrap();
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 6));
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
}

#[tokio::test]
async fn who_somebody_else_stops_before_it_deletes_deletes_nothing() {
    for phase in [Phase::PlanRepos, Phase::RescanUsage, Phase::ReplanRepos, Phase::DeleteImages] {
        let world = World::start(small()).await;
        let environment = world.environment();
        let holds_the_lock = phase != Phase::PlanRepos;
        world.when(phase, move || {
            let meets = ask(&environment, "r1");
            assert_eq!(meets == StopMeets::Deletion, holds_the_lock, "{phase}");
        });
        let stopped = world.try_sweep("r1").await.unwrap_err();
        assert_eq!(stopped.exit_code(), ExitCode::Interrupted, "{phase}: {stopped:?}");
        assert_eq!(changing_calls(&world.simulator.counts()), [].into(), "{phase}");
        assert_eq!(summary(&world, "r1").await.ending, Ending::Interrupted, "{phase}");
        let lock = world.run("r1").read(&keys::LOCK).await.unwrap();
        assert!(lock.released_at.is_some(), "{phase}");
    }
}

#[tokio::test]
async fn a_run_that_was_held_up_until_its_lock_ran_out_stops_too() {
    let world = World::start(small()).await;
    let environment = world.environment();
    let held = HeldLock::take(&environment, &id("r1")).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(ask(&environment, "r1"), StopMeets::Deletion);
    let stopped = held.renew(&environment).await.unwrap_err();
    assert!(matches!(stopped, StepError::Stopped { .. }), "{stopped:?}");
}

#[tokio::test]
async fn a_wish_to_stop_stops_no_other_run() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let environment = world.environment();
    assert_eq!(ask(&environment, "r1"), StopMeets::NoDeletion);
    world.when(Phase::DeleteImages, move || {
        assert_eq!(ask(&environment, "r1"), StopMeets::NoDeletion);
    });
    assert_eq!(world.sweep("r2").await.ending, Ending::Done);
}

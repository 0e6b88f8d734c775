//! Runs as those see them who come later.

use std::fs;

use ecr_sweep_protocol::documents::{OutcomeCounts, RunId, RunSummary, Stage, keys, read, write};
use ecr_sweep_protocol::runs::RunState;
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{HeldLock, Phase, Position, find_run, list_runs, position, read_run};
use jiff::SignedDuration;

use crate::world::{World, small};

async fn state(world: &World, run: &str) -> RunState {
    let run = world.run(run);
    read_run(&*run.store, &run.id, run.now()).await.unwrap().unwrap().state
}

async fn is_at(world: &World, run: &str) -> Position {
    let run = world.run(run);
    position(&*run.store, &run.id).await.unwrap()
}

#[tokio::test]
async fn runs_are_listed_by_their_start_and_not_by_their_name() {
    let world = World::start(small()).await;
    world.dry_run("z-first").await;
    world.clock.advance(SignedDuration::from_mins(1));
    world.sweep("a-second").await;
    let run = world.run("any");
    let list = list_runs(&*run.store, run.now()).await.unwrap();
    let rows: Vec<_> =
        list.runs.iter().map(|row| (row.run.as_str(), row.dry_run, row.ending)).collect();
    assert_eq!(
        rows,
        [("a-second", false, Some(Ending::Done)), ("z-first", true, Some(Ending::Done))]
    );
    assert_eq!(list.runs[0].totals.outcomes.deleted, 6);
    assert_eq!(find_run(&*run.store, "latest").await.unwrap().as_str(), "a-second");
    assert_eq!(find_run(&*run.store, "z").await.unwrap().as_str(), "z-first");
    assert!(find_run(&*run.store, "").await.is_err());
}

#[tokio::test]
async fn a_run_that_is_to_delete_is_not_over_when_it_has_planned() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    assert_eq!(state(&world, "r1").await, RunState::Ended);
    // As it was before the recheck.
    for folder in ["batches", "receipts"] {
        fs::remove_dir_all(world.path(&format!("sweeps/r1/{folder}"))).unwrap();
    }
    let summary = world.path("sweeps/r1/summary.json");
    let text = fs::read_to_string(&summary).unwrap();
    fs::write(&summary, text.replace(r#""dry_run": false"#, r#""dry_run": true"#)).unwrap();
    assert_eq!(state(&world, "r1").await, RunState::Planned);
    fs::remove_file(&summary).unwrap();
    assert_eq!(state(&world, "r1").await, RunState::Planning);
}

#[tokio::test]
async fn a_reviewed_plan_is_not_over_while_its_run_has_the_lock() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let run = world.run("r1");
    let lock = HeldLock::take(&run, &run.id).await.unwrap();
    assert_eq!(state(&world, "r1").await, RunState::Deleting);
    // Stopped, it never gave the lock back.
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(state(&world, "r1").await, RunState::Stopped);
    lock.release(&run).await.unwrap();
    assert_eq!(state(&world, "r1").await, RunState::Ended);
}

#[tokio::test]
async fn the_documents_tell_how_far_a_run_is() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    let remove = |key: &str| {
        let path = world.path(&format!("sweeps/r1/{key}"));
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    };
    let at = |phase, done, total| Position::At { phase, done, total };
    assert_eq!(is_at(&world, "r1").await, at(Phase::DeleteImages, 1, 1));
    remove("receipts");
    remove("batches");
    assert_eq!(is_at(&world, "r1").await, at(Phase::ReplanRepos, 1, 1));
    remove("recheck/coverage.json");
    assert_eq!(is_at(&world, "r1").await, at(Phase::RescanUsage, 1, 1));
    remove("recheck");
    assert_eq!(is_at(&world, "r1").await, Position::Planned);
    let request = world.path("sweeps/r1/approval/request.json");
    fs::create_dir(request.parent().unwrap()).unwrap();
    fs::write(request, "{}").unwrap();
    assert_eq!(is_at(&world, "r1").await, Position::AwaitingApproval);
    remove("summary.json");
    assert_eq!(is_at(&world, "r1").await, at(Phase::PlanRepos, 1, 1));
    remove("coverage.json");
    assert_eq!(is_at(&world, "r1").await, at(Phase::ScanUsage, 1, 1));
    remove("scopes.json");
    assert_eq!(is_at(&world, "r1").await, Position::Starting);
    assert_eq!(world.plan("r1", Stage::Plan, "dev/app").await.plan.delete.len(), 6);
}

#[tokio::test]
async fn what_a_killed_run_has_deleted_is_counted_by_its_receipts() {
    let world = World::start(small()).await;
    world.sweep("r1").await;
    // Killed right after its last batch, it has not been judged, and nobody gave the lock back.
    let summary = world.path("sweeps/r1/summary.json");
    let mut judged: RunSummary = read(&fs::read(&summary).unwrap()).unwrap();
    (judged.dry_run, judged.totals.outcomes) = (true, OutcomeCounts::default());
    fs::write(&summary, write(&judged).unwrap()).unwrap();
    let row = async || {
        let run = world.run("r1");
        read_run(&*run.store, &run.id, run.now()).await.unwrap().unwrap()
    };
    assert_eq!(row().await.state, RunState::Deleting, "its summary may be on the way");
    world.clock.advance(SignedDuration::from_mins(6));
    let killed = row().await;
    assert_eq!((killed.state, killed.dry_run, killed.ending), (RunState::Stopped, false, None));
    assert_eq!(killed.totals.outcomes.deleted, 6);
    assert_eq!(
        list_runs(&*world.run("r1").store, world.run("r1").now()).await.unwrap().runs,
        [killed]
    );
}

#[tokio::test]
async fn a_run_that_is_refused_says_so() {
    let world = World::start(small()).await;
    HeldLock::take(&world.environment(), &world.run("other").id).await.unwrap();
    world.try_sweep("r1").await.unwrap_err();
    let run = world.run("r1");
    let row = read_run(&*run.store, &run.id, run.now()).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.ending, row.dry_run),
        (RunState::Ended, Some(Ending::Refused), false)
    );
    let summary = run.read(&keys::summary(&run.id, Stage::Plan)).await.unwrap();
    assert!(summary.stopped.unwrap().contains("`other`"));

    // Refused when it has planned, it keeps its plan.
    world.clock.advance(SignedDuration::from_mins(20));
    world.dry_run("r2").await;
    HeldLock::take(&world.environment(), &world.run("other").id).await.unwrap();
    world.sweep_planned("r2").await.unwrap_err();
    let run = world.run("r2");
    let row = read_run(&*run.store, &run.id, run.now()).await.unwrap().unwrap();
    assert_eq!((row.ending, row.totals.plan.delete), (Some(Ending::Refused), 6));
}

#[tokio::test]
async fn a_run_that_cannot_be_read_makes_no_older_one_the_newest() {
    let world = World::start(small()).await;
    let older = RunId::at(world.run("any").now());
    world.dry_run(older.as_str()).await;
    world.clock.advance(SignedDuration::from_mins(1));
    let newer = RunId::at(world.run("any").now());
    world.dry_run(newer.as_str()).await;
    let run = world.run("any");
    let latest = async || find_run(&*run.store, "latest").await;
    assert_eq!(latest().await.unwrap(), newer);
    let damage = |run: &RunId| fs::write(world.path(&keys::request(run)), b"").unwrap();
    let request = fs::read(world.path(&keys::request(&newer))).unwrap();
    damage(&newer);
    let refused = latest().await.unwrap_err();
    assert_eq!(refused.exit_code(), ExitCode::Invalid);
    assert!(refused.in_full().contains(newer.as_str()), "{refused}");
    assert_eq!(find_run(&*run.store, older.as_str()).await.unwrap(), older);
    // An older one is older by its name; of another name nobody knows how old it is.
    fs::write(world.path(&keys::request(&newer)), request).unwrap();
    damage(&older);
    assert_eq!(latest().await.unwrap(), newer);
    fs::create_dir(world.path("sweeps/weekly")).unwrap();
    fs::write(world.path("sweeps/weekly/request.json"), b"").unwrap();
    assert!(latest().await.unwrap_err().in_full().contains("`weekly`"));
    // Unless its summary says it: a bucket removes what is old, and not all of a run at once.
    fs::copy(
        world.path(&keys::summary(&older, Stage::Plan)),
        world.path("sweeps/weekly/summary.json"),
    )
    .unwrap();
    fs::remove_file(world.path("sweeps/weekly/request.json")).unwrap();
    assert_eq!(latest().await.unwrap(), newer);
}

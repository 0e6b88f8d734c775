//! What a run asked a registry for without hearing what came of it: told until it is looked up.

use std::sync::Arc;

use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::WarningCode;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{DeletionOutcome, RunSummary, Stage, keys};
use ecr_sweep_protocol::functions::DeleteBatchCall;
use ecr_sweep_steps::{HeldLock, RunOptions, StepError, find_deleted, sweep};
use jiff::SignedDuration;
use tokio::sync::{Notify, Semaphore};

use crate::functions::Execution;
use crate::world::{World, id, policy, small};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

/// Of which runs a summary says that something is still to be looked up.
fn told(summary: &RunSummary) -> Vec<&str> {
    let of_it = |code| code == WarningCode::EarlierRunUnsettled;
    summary.warnings.iter().filter(|it| of_it(it.code)).map(|it| &*it.detail).collect()
}

/// A world in which the run `r1` never heard what came of its first batch.
async fn left() -> World {
    let world = World::start(small()).await;
    world.fault("ecr:BatchDeleteImage", Effect::DropAnswer);
    let cut_short = world.sweep("r1").await;
    assert_eq!((cut_short.ending, told(&cut_short)), (Ending::Partial, Vec::new()));
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Asked);
    world.simulator.set_faults(Vec::new());
    world
}

#[tokio::test]
async fn what_was_never_answered_is_told_until_a_run_that_deletes_looks_it_up() {
    let world = left().await;
    let dry = world.dry_run("r2").await;
    assert_eq!(told(&dry).len(), 1, "{:?}", dry.warnings);
    assert!(told(&dry)[0].contains("the run r1 "), "{:?}", dry.warnings);
    let next = world.sweep("r3").await;
    assert_eq!((next.ending, told(&next)), (Ending::Done, Vec::new()));
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Deleted);
    assert_eq!(told(&world.dry_run("r4").await), Vec::<&str>::new());
}

#[tokio::test]
async fn a_run_whose_repositories_cannot_be_listed_any_more_stays_to_be_looked_up() {
    let world = left().await;
    let list = world.path(&keys::repositories(&id("r1")));
    let document = std::fs::read(&list).unwrap();
    std::fs::remove_file(&list).unwrap();
    let next = world.sweep("r2").await;
    assert_eq!((next.ending, told(&next).len()), (Ending::Done, 1));
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Asked);
    // Where it is put back, the next one completes the receipts.
    std::fs::write(&list, document).unwrap();
    assert_eq!(told(&world.sweep("r3").await), Vec::<&str>::new());
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Deleted);
}

#[tokio::test]
async fn of_a_run_that_was_removed_nothing_is_left_to_look_up() {
    let world = left().await;
    std::fs::remove_dir_all(world.path(&keys::run(&id("r1")))).unwrap();
    assert_eq!(told(&world.dry_run("r2").await).len(), 1);
    assert_eq!(told(&world.sweep("r3").await), Vec::<&str>::new());
}

#[tokio::test]
async fn deployed_too_what_was_never_answered_is_looked_up_where_nothing_is_to_be_deleted() {
    let mut world = left().await;
    world.policy = policy(
        "minimum_age: 3650d",
        "repositories:\n  - match: { name: [\"dev/*\"] }\n    keep: { newest: 1 }",
    );
    let execution = Execution::of(&world);
    let state = execution.of_new("r2").await;
    execution.see_and_plan(&state).await;
    let outcome = execution.judge("r2").await;
    assert_eq!((outcome.settle, outcome.go_on, outcome.deletions), (true, false, 0));
    let settle = || DeleteBatchCall::Settle { execution_arn: ARN.to_owned(), run: id("r2") };
    // Another run has the lock: it looks that up itself.
    let lock = HeldLock::take(&world.environment(), &id("r3")).await.unwrap();
    execution.delete_batch(settle()).await.unwrap();
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Asked);
    lock.release(&world.environment()).await.unwrap();
    for _ in 0..2 {
        // An answer that was lost is asked for again.
        execution.delete_batch(settle()).await.unwrap();
        assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Deleted);
    }
    let ended = execution.judge_deletion("r2").await;
    assert_eq!((ended.settle, ended.succeeded), (false, true));
    let summary = world.run("r2").read(&keys::summary(&id("r2"), Stage::Plan)).await.unwrap();
    assert_eq!(told(&summary), Vec::<&str>::new());
    assert!(!execution.judge("r2").await.settle);
    HeldLock::take(&world.environment(), &id("r4")).await.unwrap();
}

#[tokio::test]
async fn what_is_answered_after_the_lock_was_taken_over_has_its_receipts_and_is_the_last() {
    let world = World::start(small()).await;
    let (arrived, passage) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let (of_call, passes) = (arrived.clone(), passage.clone());
    world.simulator.keep_gate(move |arrival| {
        if arrival.operation != "ecr:BatchDeleteImage" {
            return Box::pin(async {});
        }
        of_call.notify_one();
        let passes = passes.clone();
        Box::pin(async move { drop(passes.acquire().await) })
    });
    let first = world.try_sweep("r1");
    let other = async {
        arrived.notified().await;
        // The holder seems to be dead, and its lock runs out while its request is under way.
        world.clock.advance(SignedDuration::from_mins(16));
        let nothing = "repositories:\n  - match: { name: [\"none/*\"] }\n    keep: { newest: 1 }\n";
        let options = RunOptions { policy: policy("", nothing), ..world.options() };
        let ended = sweep(&world.environment(), &id("r2"), options, async |_| true).await;
        let seen = world.outcome("r1", 1).await;
        passage.add_permits(1);
        (ended, seen)
    };
    let (first, (other, seen)) = tokio::join!(first, other);
    assert_eq!(other.unwrap().ending, Ending::Done);
    assert!(matches!(seen, DeletionOutcome::Failed { .. }), "it was there then: {seen:?}");
    // Its batch went after all, and is told as it was answered; there is no other.
    assert!(matches!(first, Err(StepError::Conflict { .. })), "{first:?}");
    for number in [1, 2, 4] {
        assert_eq!(world.outcome("r1", number).await, DeletionOutcome::Deleted);
    }
    let receipts = world.receipts("r1", "dev/app").await.receipts;
    assert!(receipts.iter().all(|it| it.answered_at.is_some()), "{receipts:?}");
    assert!(world.images("dev/app").is_superset(&world.digests(&[5, 6, 7])));
    let found = find_deleted(&world.environment(), &id("r1"), |_, _| true).await.unwrap();
    assert_eq!(found.repositories[0].digests, world.digests(&[1, 2, 4]));
}

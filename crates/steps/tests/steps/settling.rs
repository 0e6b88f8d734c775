//! What a run asked a registry for without hearing what came of it: told until it is looked up.

use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::WarningCode;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{DeletionOutcome, RunSummary, keys};

use crate::world::{World, id, small};

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

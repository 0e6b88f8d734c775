//! A stored plan held against fresh evidence, and nothing deleted.

use ecr_sweep_protocol::ExitCode;
use ecr_sweep_protocol::recheck::Recheck;
use ecr_sweep_steps::{HeldLock, StepError, recheck_planned};
use jiff::SignedDuration;

use crate::world::{DELETED, World, changing_calls, error, id, small};

async fn recheck(world: &World) -> Recheck {
    recheck_planned(&world.environment(), &id("r1")).await.unwrap()
}

#[tokio::test]
async fn a_plan_that_still_holds_is_told_so_and_nothing_goes() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let before = world.images("dev/app");
    let rechecked = recheck(&world).await;
    let [dev] = &rechecked.repositories[..] else { panic!("{rechecked:#?}") };
    assert_eq!((dev.planned, dev.still, dev.gone), (6, 6, 0));
    assert_eq!(rechecked.exit_code(), ExitCode::Done);
    assert_eq!(world.images("dev/app"), before);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    // The plan can be swept all the same, and the lock is free.
    assert_eq!(world.sweep_planned("r1").await.unwrap().totals.outcomes.deleted, 6);
}

#[tokio::test]
async fn what_is_used_or_gone_meanwhile_is_told_apart() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    world.somebody().pulls(world.digest(DELETED[0])).await;
    let rechecked = recheck(&world).await;
    let [dev] = &rechecked.repositories[..] else { panic!("{rechecked:#?}") };
    assert!(dev.still < dev.planned, "{dev:#?}");
    assert!(dev.kept.iter().any(|kept| &*kept.code == "recently-pulled"), "{dev:#?}");
    world.sweep("r2").await;
    let after = recheck(&world).await;
    assert_eq!(after.repositories[0].gone, dev.still, "{after:#?}");
    assert_eq!(after.exit_code(), ExitCode::Done);
}

#[tokio::test]
async fn a_plan_that_is_blocked_now_is_in_the_way() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    world.fault("ecs:ListClusters", error("AccessDeniedException"));
    let rechecked = recheck(&world).await;
    assert_eq!(rechecked.exit_code(), ExitCode::Incomplete);
    let dev = &rechecked.repositories[0];
    assert_eq!((dev.still, dev.gone, dev.blocked[0].code.as_str()), (0, 0, "incomplete-usage"));
}

#[tokio::test]
async fn while_a_run_deletes_no_plan_is_checked_again() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    HeldLock::take(&world.environment(), &id("r2")).await.unwrap();
    let refused = recheck_planned(&world.environment(), &id("r1")).await.unwrap_err();
    assert!(matches!(refused, StepError::Conflict { .. }), "{refused}");
}

#[tokio::test]
async fn a_plan_past_its_age_is_stale() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    world.clock.advance(SignedDuration::from_hours(25));
    let refused = recheck_planned(&world.environment(), &id("r1")).await.unwrap_err();
    assert!(matches!(refused, StepError::StalePlan { .. }), "{refused}");
}

use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::Stage;

use crate::world::{DELETED, KEPT, World, changing_calls, small};

#[tokio::test]
async fn a_dry_run_plans_and_changes_nothing() {
    let world = World::start(small()).await;
    let before = world.images("dev/app");
    let summary = world.dry_run("r1").await;
    let plan = world.plan("r1", Stage::Plan, "dev/app").await;
    let delete = plan.plan.delete.iter().map(|deletion| deletion.digest).collect();
    assert_eq!(world.digests(&DELETED), delete);
    let keep = plan.plan.keep.iter().map(|kept| kept.digest).collect();
    assert_eq!(world.digests(&KEPT), keep);

    assert_eq!((summary.ending, summary.dry_run), (Ending::Done, true));
    assert_eq!((summary.totals.repositories, summary.totals.plan.delete), (1, 6));
    assert_eq!(world.images("dev/app"), before);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn what_is_used_and_there_is_not_reported_as_missing() {
    let world = World::start(small()).await;
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.warnings, []);
}

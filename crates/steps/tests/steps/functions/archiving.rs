//! What is archived first, call by call.

use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::DeletionOutcome;
use ecr_sweep_protocol::functions::DeleteBatchCall;
use ecr_sweep_steps::{JudgeRequest, Run, judge};
use serde_json::from_value;

use super::{Execution, planned};
use crate::archiving::world;
use crate::world::{DELETED, World, changing_calls};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

/// A run that was planned, up to its last call that deletes; the calls that it took.
async fn archived(world: &World) -> usize {
    let execution = Execution::of(world).in_a_hurry();
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan_in_time(&state).await;
    let mut calls = 1;
    let mut answer = execution.delete(&state, None).await.unwrap();
    while answer["done"] == false {
        let cursor = from_value(answer["cursor"].clone()).unwrap();
        answer = execution.delete(&state, cursor).await.unwrap();
        calls += 1;
    }
    let asked = world.simulator.count("ecr:UpdateImageStorageClass");
    assert_eq!(execution.delete(&state, None).await.unwrap()["done"], true);
    assert_eq!(world.simulator.count("ecr:UpdateImageStorageClass"), asked);
    let finish = DeleteBatchCall::Finish { state };
    assert_eq!(execution.delete_batch(finish).await.unwrap()["again"], false);
    calls
}

#[tokio::test]
async fn a_reviewed_plan_is_archived_call_by_call_and_nothing_is_asked_for_again() {
    let world = planned(world().await, "r1").await;
    assert!(archived(&world).await > 1, "each call takes one batch");
    assert_eq!(world.archived(), world.digests(&DELETED));
    let changed = changing_calls(&world.simulator.counts());
    assert_eq!(changed, [("ecr:UpdateImageStorageClass".to_owned(), 6)].into());
    for number in DELETED {
        assert_eq!(world.outcome("r1", number).await, DeletionOutcome::Archived);
    }
    let run = Run::open(&world.environment(), &world.run("r1").id).await.unwrap();
    let request = JudgeRequest { deleting: true, ..JudgeRequest::default() };
    let summary = judge(&run, request).await.unwrap();
    assert_eq!((summary.ending, summary.totals.outcomes.archived), (Ending::Done, 6));
    let table = std::fs::read_to_string(world.path("sweeps/r1/summary.csv")).unwrap();
    let mut rows = table.lines();
    let column = rows.next().unwrap().split(',').position(|name| name == "archived").unwrap();
    assert_eq!(rows.next().unwrap().split(',').nth(column), Some("6"), "{table}");
}

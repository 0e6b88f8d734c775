use ecr_sweep_core::Digest;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{ApprovalAnswer, keys, sha256};
use ecr_sweep_steps::functions::Approval;

use super::{Execution, planned};
use crate::world::{World, changing_calls, now, small};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

async fn world() -> World {
    planned(World::start(small()).await, "r1").await
}

fn execution(world: &World) -> Execution<'_> {
    Execution { approval: Approval::Required, ..Execution::of(world) }
}

fn answer(approved: bool, plan_digest: Digest) -> ApprovalAnswer {
    ApprovalAnswer { approved, by: "ada".into(), at: now(), plan_digest, proof: None }
}

fn plan_digest(world: &World) -> Digest {
    sha256(&std::fs::read(world.path("sweeps/r1/summary.json")).unwrap())
}

#[tokio::test]
async fn an_approved_plan_begins_and_its_approval_is_on_record() {
    let world = world().await;
    let execution = execution(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    let yes = answer(true, plan_digest(&world));
    let state = execution.begin(state, ARN, Some(yes.clone())).await.unwrap();
    assert!(state.token.is_some());
    let run = world.run("r1");
    let record = run.read(&keys::approval_answer(&run.id)).await.unwrap();
    assert_eq!(record.answer, yes);
}

#[tokio::test]
async fn no_approval_another_plan_s_approval_and_a_rejection_delete_nothing() {
    let world = world().await;
    let execution = execution(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    for (given, name) in [
        (None, ErrorName::InvalidRequest),
        (Some(answer(true, sha256(b"another plan"))), ErrorName::Conflict),
        (Some(answer(false, plan_digest(&world))), ErrorName::Rejected),
    ] {
        let refused = execution.begin(state.clone(), ARN, given).await.unwrap_err();
        assert_eq!(refused.name(), name);
        assert!(!world.path(&keys::LOCK).exists());
    }
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

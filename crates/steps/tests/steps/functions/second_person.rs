//! A deployment in which a second person has to approve.

use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{
    ApprovalAnswer, IdentityProof, RunId, approving, keys, sha256, starting,
};
use ecr_sweep_protocol::functions::SweepState;
use ecr_sweep_steps::StepError;
use ecr_sweep_steps::functions::Approval;

use super::{Execution, planned};
use crate::world::{World, changing_calls, now, small};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

/// The execution's name, as [`Execution::of_plan`] has it.
const EXECUTION: &str = "an-execution";

fn signed_in(person: &str, permissions: &str) -> String {
    format!("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_{permissions}_1/{person}")
}

async fn world() -> World {
    planned(World::start(small()).await, "r1").await
}

fn execution(world: &World) -> Execution<'_> {
    Execution { approval: Approval::SecondPerson, ..Execution::of(world) }
}

async fn proof(world: &World, arn: &str, purpose: &str) -> IdentityProof {
    world.environment().sessions.simulated_as(arn).prove(purpose).await.unwrap()
}

async fn started(world: &World, arn: &str) -> Result<SweepState, StepError> {
    let proof = proof(world, arn, &starting(EXECUTION)).await;
    execution(world).started_by("r1", false, Some(proof)).await
}

fn run() -> RunId {
    "r1".parse().unwrap()
}

/// What somebody approves.
async fn approved(world: &World, arn: &str) -> ApprovalAnswer {
    let plan_digest = sha256(&std::fs::read(world.path("sweeps/r1/summary.json")).unwrap());
    let proof = proof(world, arn, &approving(&run(), &plan_digest)).await;
    // What they say of themselves is not what is believed.
    ApprovalAnswer {
        approved: true,
        by: "somebody".into(),
        at: now(),
        plan_digest,
        proof: Some(proof),
    }
}

fn assert_nothing_has_begun(world: &World) {
    assert!(!world.path(&keys::LOCK).exists());
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn what_another_person_approves_begins_and_both_are_on_record() {
    let world = world().await;
    let (ada, bob) = (signed_in("ada@example.com", "Start"), signed_in("bob@example.com", "Both"));
    let state = started(&world, &ada).await.unwrap();
    let answer = approved(&world, &bob).await;
    let plan = answer.plan_digest;
    let begun = execution(&world).begin(state, ARN, Some(answer)).await.unwrap();
    assert!(begun.token.is_some());
    let record = world.run("r1").read(&keys::approval_answer(&run())).await.unwrap();
    assert_eq!(*record.started_by.unwrap().arn, *ada);
    assert_eq!(*record.approved_by.unwrap().arn, *bob);
    // What was approved is there, and what showed who did is not.
    assert_eq!((record.answer.plan_digest, record.answer.proof), (plan, None));
}

#[tokio::test]
async fn who_has_started_it_cannot_approve_by_whatever_role() {
    let world = world().await;
    let state = started(&world, &signed_in("ada@example.com", "Start")).await.unwrap();
    for role in ["Start", "Approve"] {
        let answer = approved(&world, &signed_in("Ada@Example.com", role)).await;
        let refused = execution(&world).begin(state.clone(), ARN, Some(answer)).await.unwrap_err();
        assert_eq!(refused.name(), ErrorName::Conflict);
        assert!(refused.to_string().contains("the same person"), "{refused}");
        assert_nothing_has_begun(&world);
    }
}

#[tokio::test]
async fn where_it_cannot_be_told_who_starts_nothing_is_started() {
    let world = world().await;
    let execution = execution(&world);
    let other = proof(&world, &signed_in("ada", "Start"), &starting("another-execution")).await;
    for proof in [None, Some(other), Some(IdentityProof([].into()))] {
        let refused = execution.started_by("r1", false, proof).await.unwrap_err();
        assert_eq!(refused.name(), ErrorName::InvalidRequest, "{refused}");
    }
    for nobody in
        ["arn:aws:iam::111122223333:root", "arn:aws:sts::111122223333:assumed-role/Platform/ada"]
    {
        let refused = started(&world, nobody).await.unwrap_err();
        assert!(refused.to_string().contains("cannot be told"), "{refused}");
    }
    // A dry run deletes nothing: whoever may can start it.
    execution.started_by("r1", true, None).await.unwrap();
}

#[tokio::test]
async fn where_it_cannot_be_told_who_approves_nothing_is_deleted() {
    let world = world().await;
    let state = started(&world, &signed_in("ada", "Start")).await.unwrap();
    let bob = signed_in("bob", "Approve");
    let good = approved(&world, &bob).await;
    let for_another = proof(&world, &bob, &approving(&run(), &sha256(b"another plan"))).await;
    let to_start = proof(&world, &bob, &starting(EXECUTION)).await;
    for answer in [
        ApprovalAnswer { proof: None, ..good.clone() },
        ApprovalAnswer { proof: Some(for_another), ..good.clone() },
        ApprovalAnswer { proof: Some(to_start), ..good.clone() },
        approved(&world, "arn:aws:sts::111122223333:assumed-role/Platform/bob").await,
        approved(&world, "arn:aws:iam::111122223333:user/bob").await,
    ] {
        let refused = execution(&world).begin(state.clone(), ARN, Some(answer)).await.unwrap_err();
        assert_eq!(refused.name(), ErrorName::Conflict, "{refused}");
        assert_nothing_has_begun(&world);
    }
    // STS does not take the signature: it was changed, or has run out.
    let effect =
        Effect::Error { code: "ExpiredToken".to_owned(), status: 403, message: "no".to_owned() };
    world.simulator.set_faults(vec![Fault::new("sts:GetCallerIdentity".parse().unwrap(), effect)]);
    let refused = execution(&world).begin(state, ARN, Some(good)).await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::Conflict, "{refused}");
    assert_nothing_has_begun(&world);
}

#[tokio::test]
async fn anybody_who_may_can_say_no() {
    let world = world().await;
    let ada = signed_in("ada", "Start");
    let state = started(&world, &ada).await.unwrap();
    let no = ApprovalAnswer { approved: false, proof: None, ..approved(&world, &ada).await };
    let refused = execution(&world).begin(state, ARN, Some(no)).await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::Rejected);
    assert_nothing_has_begun(&world);
}

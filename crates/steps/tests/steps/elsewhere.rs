//! Signatures in a repository of their own.

use ecr_sweep_aws_sim::Fault;
use ecr_sweep_core::Digest;
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{DeletionOutcome, Stage};
use ecr_sweep_steps::Phase;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::functions::Execution;
use crate::world::{World, definition, draft, error, fault, meanwhile, old, organization};

/// A signature in its own repository.
fn signature(number: u32, subject: u32) -> Value {
    let mut signature = old(number, &[]);
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    signature["subject"] = json!(draft(subject));
    signature
}

/// `dev/app`, of which 1 goes, and 3 and 8 stay; `prod/api`, which no rule takes; and
/// `dev/signatures`, where 31 signs 3, 32 signs 1, 33 signs 21, 34 signs what is nowhere, and 35
/// attests to 31.
async fn signed() -> World {
    let mut newest = old(3, &["v3"]);
    newest["pushed_at"] = "2026-03-01T00:00:00Z".into();
    let mut lost = signature(34, 1);
    lost["subject"] = json!(format!("sha256:{}", "e".repeat(64)));
    World::start(organization(
        &json!([
            { "name": "dev/app", "images": [old(1, &["v1"]), newest, old(8, &["used"])] },
            { "name": "dev/signatures", "images": [
                signature(31, 3), signature(32, 1), signature(33, 21), lost,
            ] },
            { "name": "dev/attestations", "images": [signature(35, 31)] },
            { "name": "prod/api", "images": [old(21, &["v1"])] },
        ]),
        &definition(),
    ))
    .await
}

fn reason(outcome: &DeletionOutcome) -> &str {
    let DeletionOutcome::Skipped { reason } = outcome else { panic!("{outcome:?}") };
    reason
}

async fn outcome(world: &World, run: &str, repository: &str, digest: Digest) -> DeletionOutcome {
    let receipts = world.receipts(run, repository).await.receipts;
    receipts.into_iter().find(|it| it.digest == digest).unwrap().outcome
}

#[tokio::test]
async fn what_signs_an_image_that_stays_elsewhere_stays_and_the_rest_goes_after_its_subject() {
    let world = signed().await;
    let summary = world.sweep("r1").await;
    assert_eq!(world.images("dev/app"), world.digests(&[3, 8]));
    assert_eq!(world.images("dev/signatures"), world.digests(&[31, 33]));
    assert_eq!(world.images("dev/attestations"), world.digests(&[35]));
    assert_eq!(summary.totals.outcomes.deleted, 3);
    let plan = world.plan("r1", Stage::Recheck, "dev/signatures").await;
    let awaits: Vec<_> = plan.awaits.unwrap().into_iter().map(|it| it.digest).collect();
    assert_eq!(awaits, [world.digest(1)]);
}

#[tokio::test]
async fn a_plan_that_nothing_refers_out_of_says_nothing_of_others() {
    let world = signed().await;
    world.dry_run("r1").await;
    let text =
        std::fs::read_to_string(world.path("sweeps/r1/plans/111122223333/eu-west-1/dev/app.json"));
    let text = text.unwrap();
    assert!(!text.contains("absent_subjects") && !text.contains("awaits"), "{text}");
}

#[tokio::test]
async fn a_signature_stays_with_a_subject_that_does_not_go_after_all() {
    let world = signed().await;
    let (somebody, pulled) = (world.somebody(), world.digest(1));
    world.when(Phase::DeleteImages, move || {
        let somebody = somebody.clone();
        meanwhile(async move { somebody.pulls(pulled).await });
    });
    world.sweep("r1").await;
    assert!(world.images("dev/app").contains(&world.digest(1)));
    assert_eq!(world.images("dev/signatures"), world.digests(&[31, 32, 33]));
    let outcome = outcome(&world, "r1", "dev/signatures", world.digest(32)).await;
    assert!(reason(&outcome).contains("is still in 111122223333/eu-west-1/dev/app"), "{outcome:?}");
}

#[tokio::test]
async fn what_may_be_in_a_repository_that_cannot_be_listed_keeps_its_signature() {
    let world = signed().await;
    world.simulator.set_faults(vec![Fault {
        object: Some("prod/api".to_owned()),
        ..fault("ecr:DescribeImages", error("AccessDeniedException"))
    }]);
    let dry_run = world.dry_run("r0").await;
    assert_eq!((dry_run.ending, dry_run.totals.blocked), (Ending::Incomplete, 0));
    let summary = world.sweep("r1").await;
    assert_eq!(summary.ending, Ending::Partial);
    let [failed] = &summary.failed[..] else { panic!("{:?}", summary.failed) };
    assert_eq!((&*failed.repository, failed.error.as_str()), ("prod/api", "AccessDenied"));
    assert_eq!(world.images("dev/signatures").len(), 4);
    let plan = world.plan("r1", Stage::Plan, "dev/signatures").await.plan;
    let told = plan.keep.iter().flat_map(|kept| &kept.reasons).any(|reason| {
        reason.code.text() == "referrer-of-image-elsewhere"
            && reason.detail.contains("prod/api is not known")
    });
    assert!(told, "{plan:?}");
}

#[tokio::test]
async fn deployed_too_a_signature_waits_for_its_subject_in_whatever_order_they_are_deleted() {
    let world = signed().await;
    world.dry_run("r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, "arn:aws:states:1", None).await.unwrap();
    execution.see_and_plan(&state).await;
    let mut repositories = execution.repositories(&state);
    let names: Vec<_> = repositories.iter().map(|it| it.repository.to_string()).collect();
    assert_eq!(names, ["dev/app", "dev/signatures"]);
    repositories.reverse();
    for repository in repositories {
        execution.delete_of(&state, repository).await.unwrap();
    }
    assert_eq!(world.images("dev/app"), world.digests(&[3, 8]));
    assert_eq!(world.images("dev/signatures"), world.digests(&[31, 32, 33]));
}

#[tokio::test]
async fn what_is_planned_again_alone_is_held_against_the_others_as_well() {
    let world = signed().await;
    let clock = world.clock.clone();
    world.when(Phase::DeleteImages, move || clock.advance(SignedDuration::from_mins(61)));
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 3));
    assert_eq!(world.images("dev/app"), world.digests(&[3, 8]));
    assert_eq!(world.images("dev/signatures"), world.digests(&[31, 33]));
    let plan = world.plan("r1", Stage::Recheck, "dev/signatures").await;
    let awaits: Vec<_> = plan.awaits.unwrap().into_iter().map(|it| it.digest).collect();
    assert_eq!(awaits, [world.digest(1)]);
}

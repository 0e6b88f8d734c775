//! The brake: a run stops itself where deletions fail, or where somebody asks for what it has deleted.

use ecr_sweep_aws_sim::{Effect, SimulatorOptions};
use ecr_sweep_protocol::documents::{Lock, RunSummary, Stage, StopRequest, keys};
use ecr_sweep_protocol::functions::{DeleteBatchCall, SweepState};
use ecr_sweep_protocol::{Ending, ErrorName, ExitCode};
use ecr_sweep_steps::{JudgeRequest, Phase, Run, StepError, judge, list_runs};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::functions::{Execution, planned};
use crate::world::{
    ACCOUNT, KEEP_ONE, KEPT, REGION, World, definition, id, now, old, organization, policy, small,
};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

async fn limited(limits: &str) -> World {
    let mut world = World::start(small()).await;
    world.policy = policy(&format!("limits: {{ {limits} }}"), KEEP_ONE);
    world
}

/// The registry refuses to delete these images.
fn refuse(world: &World, numbers: &[u32]) {
    let digests = numbers.iter().map(|number| world.digest(*number)).collect();
    let code = "ImageReferencedByManifestList".to_owned();
    let effect = Effect::FailImages { digests, code, reason: "an index lists it".to_owned() };
    world.fault("ecr:BatchDeleteImage", effect);
}

async fn summary(world: &World, run: &str) -> RunSummary {
    world.run(run).read(&keys::summary(&id(run), Stage::Plan)).await.unwrap()
}

async fn lock(world: &World) -> Lock {
    world.run("r1").read(&keys::LOCK).await.unwrap()
}

#[tokio::test]
async fn one_failed_deletion_more_than_may_fail_stops_the_run_before_its_next_batch() {
    let world = limited("failures: 1").await;
    refuse(&world, &[1, 2]);
    let stopped = world.try_sweep("r1").await.unwrap_err();
    assert_eq!(stopped.exit_code(), ExitCode::Partial);
    let found = "2 deletions failed, and the most that may fail is 1";
    assert!(stopped.in_full().contains(found), "{}", stopped.in_full());
    let summary = summary(&world, "r1").await;
    assert_eq!(summary.ending, Ending::Partial);
    assert!(summary.stopped.as_deref().unwrap().contains(found), "{:?}", summary.stopped);
    let outcomes = summary.totals.outcomes;
    assert_eq!((outcomes.deleted, outcomes.failed, outcomes.not_asked), (1, 2, 3));
    assert!(lock(&world).await.released_at.is_some());
    let runs = list_runs(&*world.environment().store, now()).await.unwrap().runs;
    assert!(runs[0].stopped.as_deref().unwrap().contains(found), "{:?}", runs[0]);

    // Who takes it up knows of them.
    world.simulator.set_faults(Vec::new());
    let summary = world.sweep_planned("r1").await.unwrap();
    assert_eq!((summary.ending, summary.stopped), (Ending::Done, None));
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
}

#[tokio::test]
async fn as_many_as_may_fail_stop_nothing_and_without_a_number_nothing_does() {
    for limits in ["failures: 3", "images: 100"] {
        let world = limited(limits).await;
        refuse(&world, &[1, 2, 4]);
        let summary = world.sweep("r1").await;
        assert_eq!(summary.stopped, None, "{limits}");
        let outcomes = summary.totals.outcomes;
        assert_eq!((outcomes.failed, outcomes.not_asked), (3, 0), "{limits}");
    }
}

#[tokio::test]
async fn what_could_not_be_stored_first_has_failed_and_what_is_kept_has_not() {
    let world = limited("failures: 0").await;
    let somebody = world.somebody();
    world.when(Phase::DeleteImages, move || {
        let somebody = somebody.clone();
        crate::world::meanwhile(async move { somebody.pushes("v2").await });
    });
    let summary = world.sweep("r1").await;
    assert_eq!((summary.stopped, summary.totals.outcomes.skipped), (None, 1));

    let world = limited("failures: 0").await;
    let digests = vec![world.digest(2)];
    let (code, reason) = ("ImageInaccessible".to_owned(), "no".to_owned());
    world.fault("ecr:BatchGetImage", Effect::FailImages { digests, code, reason });
    let stopped = world.try_sweep("r1").await.unwrap_err();
    assert!(matches!(stopped, StepError::Stopped { found: Some(_), .. }), "{stopped:?}");
}

#[tokio::test]
async fn a_call_without_an_answer_and_one_that_is_refused_as_a_whole_have_failed() {
    let denied = Effect::Error {
        code: "AccessDeniedException".to_owned(),
        status: 400,
        message: "no".to_owned(),
    };
    for effect in [denied, Effect::DropAnswer] {
        let world = limited("failures: 2").await;
        world.fault("ecr:BatchDeleteImage", effect.clone());
        let stopped = world.try_sweep("r1").await.unwrap_err();
        assert!(
            matches!(stopped, StepError::Stopped { found: Some(_), .. }),
            "{effect:?}: {stopped:?}"
        );
    }
}

/// Two repositories of an image that stays and one that goes.
async fn two(limits: &str) -> World {
    let repository = |name: &str, first: u32| {
        let mut newest = old(first + 1, &["v2"]);
        newest["pushed_at"] = "2026-03-01T00:00:00Z".into();
        json!({ "name": name, "images": [old(first, &["v1"]), newest] })
    };
    let repositories =
        json!([repository("dev/a", 10), repository("dev/b", 20), repository("dev/c", 30)]);
    let mut world = World::start(organization(&repositories, &definition())).await;
    world.policy = policy(&format!("limits: {{ {limits} }}"), KEEP_ONE);
    world
}

async fn delete_of(
    execution: &Execution<'_>,
    state: &SweepState,
    name: &str,
) -> Result<Value, StepError> {
    let mut repositories = execution.repositories(state).into_iter();
    execution.delete_of(state, repositories.find(|it| &*it.repository == name).unwrap()).await
}

#[tokio::test]
async fn what_failed_in_functions_counts_together_and_once_however_often_they_are_called() {
    let world = planned(two("failures: 1").await, "r1").await;
    refuse(&world, &[10, 20]);
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan(&state).await;
    for _ in 0..3 {
        assert_eq!(delete_of(&execution, &state, "dev/a").await.unwrap()["done"], true);
    }
    assert_eq!(lock(&world).await.failures.into_values().collect::<Vec<_>>(), [1]);
    // The function that finds it writes that down as what stopped its repository.
    assert_eq!(delete_of(&execution, &state, "dev/b").await.unwrap()["done"], true);
    let refused = delete_of(&execution, &state, "dev/c").await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::Rejected);
    assert_eq!(world.images("dev/c"), world.digests(&[30, 31]));

    let call = DeleteBatchCall::Finish { state: state.clone() };
    assert_eq!(execution.delete_batch(call).await.unwrap()["again"], false);
    assert!(lock(&world).await.released_at.is_some());
    let run = Run::open(&world.environment(), &id("r1")).await.unwrap();
    let request = JudgeRequest { deleting: true, ..JudgeRequest::default() };
    let summary = judge(&run, request).await.unwrap();
    assert_eq!(summary.ending, Ending::Partial);
    let stopped = summary.stopped.unwrap();
    assert!(
        stopped.contains("(`limits.failures`)") && stopped.contains("2 deletions"),
        "{stopped}"
    );

    // No execution deletes on until somebody takes the plan up.
    let state = execution.of_plan("r1", false).await.unwrap();
    let refused = execution.begin(state, "another", None).await;
    assert!(refused.is_ok(), "a reviewed plan that is started is taken up: {refused:?}");
    let request: StopRequest = world.run("r1").read(&keys::stop(&id("r1"))).await.unwrap();
    assert_eq!(request.wish, None);
}

/// A call for images of `dev/app` that the event history tells.
fn event(at: Timestamp, ids: &Value, user_agent: &str) -> Value {
    json!({
        "eventTime": at.to_string(),
        "eventSource": "ecr.amazonaws.com",
        "eventName": "BatchGetImage",
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
        "userIdentity": { "arn": "arn:aws:iam::111122223333:user/ci", "accountId": ACCOUNT },
        "userAgent": user_agent,
        "requestParameters": { "repositoryName": "dev/app", "imageIds": ids },
    })
}

/// Where three minutes go by with each batch, with these events.
async fn telling(events: Vec<Value>) -> World {
    let options = SimulatorOptions { events, ..SimulatorOptions::default() };
    let mut world = World::with(small(), options).await;
    world.policy = policy("limits: { asked_again: true }", KEEP_ONE);
    let clock = world.clock.clone();
    world.after_each(Phase::DeleteImages, move || clock.advance(SignedDuration::from_mins(3)));
    world
}

fn soon() -> Timestamp {
    now().checked_add(SignedDuration::from_mins(1)).unwrap()
}

#[tokio::test]
async fn who_asks_for_an_image_that_is_deleted_stops_the_run_before_its_next_batch() {
    let digest = World::start(small()).await.digest(2).to_string();
    for ids in [json!([{ "imageDigest": digest }]), json!([{ "imageTag": "v1" }])] {
        let world = telling(vec![event(soon(), &ids, "containerd/2.1")]).await;
        let stopped = world.try_sweep("r1").await.unwrap_err();
        assert_eq!(stopped.exit_code(), ExitCode::Partial);
        let text = stopped.in_full();
        assert!(text.contains("(`limits.asked_again`)") && text.contains("user/ci"), "{text}");
        let outcomes = summary(&world, "r1").await.totals.outcomes;
        assert_eq!((outcomes.deleted, outcomes.not_asked), (3, 3), "{ids}");
        // What was asked before is known to who takes it up.
        let summary = world.sweep_planned("r1").await.unwrap();
        assert_eq!(summary.ending, Ending::Done, "{ids}");
    }
}

#[tokio::test]
async fn who_asks_for_an_image_that_is_archived_stops_the_run_too() {
    let digest = World::start(small()).await.digest(2).to_string();
    for ids in [json!([{ "imageDigest": digest }]), json!([{ "imageTag": "v1" }])] {
        let mut world = telling(vec![event(soon(), &ids, "containerd/2.1")]).await;
        let archives = format!("{KEEP_ONE}    action: {{ archive_for: 90d }}\n");
        world.policy = policy("limits: { asked_again: true }", &archives);
        let stopped = world.try_sweep("r1").await.unwrap_err();
        let text = stopped.in_full();
        assert!(text.contains("(`limits.asked_again`)") && text.contains("user/ci"), "{text}");
        let outcomes = summary(&world, "r1").await.totals.outcomes;
        assert_eq!((outcomes.archived, outcomes.not_asked), (3, 3), "{ids}");
    }
}

#[tokio::test]
async fn our_own_reads_earlier_calls_and_what_is_there_are_not_asked_for_again() {
    let earlier = now().checked_sub(SignedDuration::from_hours(1)).unwrap();
    let kept = World::start(small()).await.digest(3).to_string();
    let world = telling(vec![
        event(soon(), &json!([{ "imageTag": "v1" }]), "aws-sdk-rust/1.3 app/ecr-sweep"),
        event(earlier, &json!([{ "imageTag": "v1" }]), "containerd/2.1"),
        event(soon(), &json!([{ "imageDigest": kept }, { "imageTag": "v3" }]), "containerd/2.1"),
    ])
    .await;
    assert_eq!(world.sweep("r1").await.ending, Ending::Done);
    assert!(world.simulator.count("cloudtrail:LookupEvents") >= 2);
}

#[tokio::test]
async fn a_tag_that_was_pushed_again_was_not_asked_for_in_vain() {
    let world = telling(vec![event(soon(), &json!([{ "imageTag": "v1" }]), "buildkit/0.20")]).await;
    let (clock, mut somebody) = (world.clock.clone(), Some(world.somebody()));
    world.after_each(Phase::DeleteImages, move || {
        clock.advance(SignedDuration::from_mins(3));
        if let Some(somebody) = somebody.take() {
            crate::world::meanwhile(async move { somebody.pushes("v1").await });
        }
    });
    assert_eq!(world.sweep("r1").await.stopped, None);
}

#[tokio::test]
async fn where_it_cannot_be_read_who_asks_nothing_is_deleted() {
    let events = vec![json!({
        "eventTime": now().to_string(),
        "eventSource": "ecr.amazonaws.com",
        "eventName": "BatchGetImage",
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
    })];
    for (events, denied) in [(Vec::new(), true), (events, false)] {
        let world = telling(events).await;
        if denied {
            let (code, message) = ("AccessDeniedException".to_owned(), "no".to_owned());
            world.fault("cloudtrail:LookupEvents", Effect::Error { code, status: 400, message });
        }
        let stopped = world.try_sweep("r1").await.unwrap_err();
        assert_eq!(stopped.exit_code(), ExitCode::Partial);
        assert!(stopped.in_full().contains("cannot be read"), "{}", stopped.in_full());
        assert_eq!(summary(&world, "r1").await.totals.outcomes.not_asked, 6);
        assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 0);
    }
}

#[tokio::test]
async fn who_does_not_ask_for_it_reads_no_events() {
    let world = limited("failures: 5").await;
    assert_eq!(world.sweep("r1").await.ending, Ending::Done);
    assert_eq!(world.simulator.count("cloudtrail:LookupEvents"), 0);
}

#[tokio::test]
async fn repositories_and_functions_share_what_was_looked_up() {
    let world = planned(two("asked_again: true").await, "r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan(&state).await;
    for name in ["dev/a", "dev/b", "dev/c"] {
        assert_eq!(delete_of(&execution, &state, name).await.unwrap()["done"], true);
    }
    assert_eq!(world.simulator.count("cloudtrail:LookupEvents"), 1);
}

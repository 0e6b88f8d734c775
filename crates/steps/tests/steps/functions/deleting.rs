use ecr_sweep_core::ScanPlace;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{RunSummary, Stage, StepName, StopWish, keys};
use ecr_sweep_protocol::functions::{Caught, DeleteBatchCall, PlanRepoCall, ScanUsageCall};
use ecr_sweep_protocol::{Ending, documents};
use ecr_sweep_steps::functions::{plan_repo, scan_usage};
use ecr_sweep_steps::{JudgeRequest, Run, StopMeets, ask_to_stop, find_attempt, judge};
use serde_json::json;

use super::{Execution, planned};
use crate::world::{DELETED, KEPT, World, changing_calls, in_registry, place, small};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

#[tokio::test]
async fn a_reviewed_plan_is_deleted_call_by_call_as_the_driver_deletes_it() {
    let world = planned(World::start(small()).await, "r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    assert!(state.reviewed && !state.dry_run && state.token.is_none());
    let state = execution.begin(state, ARN, None).await.unwrap();
    let lock = world.run("r1").read(&keys::LOCK).await.unwrap();
    assert_eq!((state.stage, state.token), (Stage::Recheck, Some(lock.token)));
    execution.see_and_plan(&state).await;
    assert_eq!(execution.delete(&state, None).await.unwrap()["done"], true);
    let finished =
        execution.delete_batch(DeleteBatchCall::Finish { state: state.clone() }).await.unwrap();
    assert_eq!(finished["again"], false);

    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    let lock = world.run("r1").read(&keys::LOCK).await.unwrap();
    assert_eq!(&*lock.owner, ARN);
    assert!(lock.released_at.is_some());
    let run = world.run("r1");
    let run = Run::open(&run, &run.id).await.unwrap();
    let request = JudgeRequest { deleting: true, ..JudgeRequest::default() };
    let summary = judge(&run, request).await.unwrap();
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(summary.totals.outcomes.deleted, DELETED.len() as u64);
    let table = std::fs::read_to_string(world.path("sweeps/r1/summary.csv")).unwrap();
    let row = table.lines().nth(1).unwrap();
    assert!(row.starts_with("111122223333,eu-west-1,dev/app,8,2,6,0,"), "{row}");
}

#[tokio::test]
async fn a_plan_that_is_only_made_again_deletes_nothing_and_has_a_summary_of_its_own() {
    let world = planned(World::start(small()).await, "r1").await;
    let before = std::fs::read(world.path("sweeps/r1/summary.json")).unwrap();
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", true).await.unwrap();
    assert_eq!((state.stage, state.token), (Stage::Recheck, None));
    execution.see_and_plan(&state).await;
    let run = world.run("r1");
    let run = Run::open(&run, &run.id).await.unwrap();
    let request = JudgeRequest { stage: Stage::Recheck, ..JudgeRequest::default() };
    judge(&run, request).await.unwrap();
    let again = std::fs::read(world.path("sweeps/r1/recheck/summary.json")).unwrap();
    let again: RunSummary = documents::read(&again).unwrap();
    assert_eq!(again.totals.plan.delete, DELETED.len() as u64);
    assert_eq!(std::fs::read(world.path("sweeps/r1/summary.json")).unwrap(), before);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn without_deletion_in_the_deployment_a_sweep_is_a_dry_run_and_nothing_is_deleted() {
    let world = planned(World::start(small()).await, "r1").await;
    let execution = Execution { deletion: false, ..Execution::of(&world) };
    let state = execution.of_plan("r1", false).await.unwrap();
    assert!(state.dry_run);
    let refused = execution.begin(state, ARN, None).await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::InvalidRequest);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_dry_run_never_takes_the_lock() {
    let world = planned(World::start(small()).await, "r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", true).await.unwrap();
    let refused = execution.begin(state, ARN, None).await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::InvalidRequest);
    assert!(!world.path(&keys::LOCK).exists());
}

#[tokio::test]
async fn who_begins_twice_holds_the_lock_and_nobody_else_can() {
    let world = planned(World::start(small()).await, "r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    let first = execution.begin(state.clone(), ARN, None).await.unwrap();
    let again = execution.begin(state.clone(), ARN, None).await.unwrap();
    assert!(again.token > first.token);
    let other = execution.begin(state, "another-execution", None).await.unwrap_err();
    assert_eq!(other.name(), ErrorName::Conflict);
}

#[tokio::test]
async fn what_could_not_be_planned_again_is_not_deleted_by_an_earlier_recheck() {
    let world = planned(World::start(small()).await, "r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan(&state).await;
    let [repository] = execution.repositories(&state).try_into().unwrap();
    let call = PlanRepoCall::Failed {
        run: state.run.clone(),
        stage: Stage::Recheck,
        repository,
        error: Caught { error: "Lambda.Unknown".into(), cause: "killed".into() },
    };
    plan_repo(&execution.host, call).await.unwrap();
    assert_eq!(execution.delete(&state, None).await.unwrap()["done"], true);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_deployed_run_that_somebody_stops_deletes_no_more_and_gives_the_lock_back() {
    let world = planned(World::start(small()).await, "r1").await;
    let execution = Execution::of(&world);
    let environment = world.environment();
    let ask = async || {
        let wish = StopWish { by: "Ada".into(), at: environment.now(), found: None };
        ask_to_stop(&*environment.store, &"r1".parse().unwrap(), &wish).await.unwrap()
    };
    let state = execution.of_plan("r1", false).await.unwrap();
    assert_eq!(ask().await, StopMeets::NoDeletion);
    let refused = execution.begin(state, ARN, None).await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::Rejected);
    assert!(refused.in_full().contains("Ada asked at"), "{}", refused.in_full());

    // Taken up again, it goes on.
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan(&state).await;
    assert_eq!(ask().await, StopMeets::Deletion);
    let stopped = execution.delete(&state, None).await.unwrap_err();
    assert_eq!(stopped.name(), ErrorName::Rejected);
    let [repository] = execution.repositories(&state).try_into().unwrap();
    let error = Caught { error: "Rejected".into(), cause: stopped.in_full().into() };
    let call = DeleteBatchCall::Failed { run: state.run.clone(), repository, error };
    execution.delete_batch(call).await.unwrap();
    let call = DeleteBatchCall::Finish { state: state.clone() };
    assert_eq!(execution.delete_batch(call).await.unwrap()["again"], false);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    let run = world.run("r1");
    assert!(run.read(&keys::LOCK).await.unwrap().released_at.is_some());
    let told = execution.judge_deletion("r1").await;
    assert_eq!((told.ending, told.error.unwrap().as_str()), (Ending::Interrupted, "Rejected"));
    assert!(told.cause.contains("Ada asked at"), "{}", told.cause);
    let summary = run.read(&keys::summary(&run.id, Stage::Plan)).await.unwrap();
    assert_eq!((summary.ending, summary.failed), (Ending::Interrupted, Vec::new()));
    assert!(summary.stopped.unwrap().contains("Ada asked at"));
}

#[tokio::test]
async fn a_wish_to_stop_that_comes_when_all_is_deleted_is_no_interruption() {
    let world = planned(World::start(small()).await, "r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan(&state).await;
    assert_eq!(execution.delete(&state, None).await.unwrap()["done"], true);
    let environment = world.environment();
    let wish = StopWish { by: "Ada".into(), at: environment.now(), found: None };
    ask_to_stop(&*environment.store, &"r1".parse().unwrap(), &wish).await.unwrap();
    execution.delete_batch(DeleteBatchCall::Finish { state }).await.unwrap();
    let told = execution.judge_deletion("r1").await;
    assert_eq!((told.ending, told.succeeded), (Ending::Done, true));
}

#[tokio::test]
async fn a_function_that_crashed_is_written_down_as_what_it_worked_on() {
    let world = planned(World::start(small()).await, "r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", true).await.unwrap();
    let [repository] = execution.repositories(&state).try_into().unwrap();
    let error = Caught { error: "Lambda.Unknown".into(), cause: "signal: killed".into() };
    let call = DeleteBatchCall::Failed {
        run: state.run.clone(),
        repository: repository.clone(),
        error: error.clone(),
    };
    execution.delete_batch(call).await.unwrap();
    let run = world.run("r1");
    let attempt = find_attempt(&*run.store, &run.id, Stage::Recheck, &in_registry("dev/app")).await;
    let failure = attempt.unwrap().failure().unwrap();
    assert_eq!(failure.step, StepName::Delete);
    assert_eq!((failure.error.as_str(), &*failure.message), ("Lambda.Unknown", "signal: killed"));

    let scope = ScanPlace::from(place());
    let again = Stage::Recheck;
    let call =
        ScanUsageCall::Failed { run: run.id.clone(), stage: again, scope: scope.clone(), error };
    scan_usage(&execution.host, call).await.unwrap();
    let usage: documents::ScopeUsage =
        run.read(&keys::usage(&run.id, again, &scope)).await.unwrap();
    let ecs = usage.coverage.iter().find(|row| row.source.to_string() == "ecs").unwrap();
    assert_eq!(json!(ecs.status), "failed");
    assert_eq!(ecs.reason.as_deref(), Some("Lambda.Unknown: signal: killed"));
}

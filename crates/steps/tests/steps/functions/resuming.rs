//! Calls whose time is up before they are done.

use ecr_sweep_core::{BlockCode, CoverageStatus};
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_protocol::documents::{
    AttemptOutcome, MatchedRepository, ScopeUsage, Stage, StepName, keys, sha256, write,
};
use ecr_sweep_protocol::functions::{
    Cursor, DeleteBatchCall, Finished, PlanRepoCall, Progressed, ScanUsageCall,
};
use ecr_sweep_steps::find_attempt;
use ecr_sweep_steps::functions::{plan_repo, scan_usage};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Execution, planned};
use crate::vault_bucket::vaulting_in_a_bucket;
use crate::vaulting::{restore_all, vaulting};
use crate::world::{
    KEEP_ONE, KEPT, World, definition, draft, in_registry, old, organization, place, policy, small,
};

const ARN: &str = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";

/// `dev/app` with this many untagged indexes of one image each.
async fn indexes(count: u32) -> World {
    let images: Vec<Value> = (0..count)
        .flat_map(|number| {
            let mut index = old(1_000 + number, &[]);
            index["media_type"] = "application/vnd.oci.image.index.v1+json".into();
            index["children"] = json!([draft(5_000 + number)]);
            [index, old(5_000 + number, &[])]
        })
        .chain([old(1, &["v1"])])
        .collect();
    let repositories = json!([{ "name": "dev/app", "images": images }]);
    World::start(organization(&repositories, &definition())).await
}

/// `dev/app` with this many images that go, and one that stays.
async fn images(count: u32) -> World {
    let images: Vec<Value> = (0..count).map(|number| old(1_000 + number, &[])).collect();
    let repositories = json!([{ "name": "dev/app", "images": images }]);
    let mut world = World::start(organization(&repositories, &definition())).await;
    world.policy =
        policy("", "repositories:\n  - match: { name: [\"dev/*\"] }\n    keep: { newest: 1 }\n");
    world
}

#[tokio::test]
async fn a_scan_goes_on_with_what_it_has_read_before() {
    let world = planned(World::start(small()).await, "r1").await;
    let _ = std::fs::remove_dir_all(world.path("cache"));
    let execution = Execution::of(&world).in_a_hurry();
    let run = world.run("r1").id;
    let scan = async |cursor| {
        let (run, scope) = (run.clone(), place().into());
        let call = ScanUsageCall::Scan { run, stage: Stage::Plan, token: None, scope, cursor };
        scan_usage(&execution.host, call).await.unwrap()
    };
    let first = scan(None).await;
    assert_eq!(first, Progressed { done: false, cursor: Some(Cursor { calls: 1, steps: 1 }) });
    assert!(scan(first.cursor).await.done);
    let usage: ScopeUsage =
        world.run("r1").read(&keys::usage(&run, Stage::Plan, &place().into())).await.unwrap();
    assert_eq!(usage.usage.len(), 1);
}

#[tokio::test]
async fn a_scan_that_gets_no_further_is_written_down_as_failed() {
    let world = planned(World::start(small()).await, "r1").await;
    let _ = std::fs::remove_dir_all(world.path("cache"));
    let execution = Execution::of(&world).in_a_hurry();
    let run = world.run("r1").id;
    let cursor = Some(Cursor { calls: 7, steps: 1 });
    let call = ScanUsageCall::Scan {
        run: run.clone(),
        stage: Stage::Plan,
        token: None,
        scope: place().into(),
        cursor,
    };
    assert!(scan_usage(&execution.host, call).await.unwrap().done);
    let usage: ScopeUsage =
        world.run("r1").read(&keys::usage(&run, Stage::Plan, &place().into())).await.unwrap();
    let failed = usage.coverage.iter().filter(|row| row.status == CoverageStatus::Failed);
    assert!(failed.clone().count() > 0 && usage.usage.is_empty());
    for row in failed {
        assert!(row.reason.as_deref().unwrap().contains("the time was up"), "{row:?}");
    }
}

#[tokio::test]
async fn usage_is_sorted_for_the_repositories_that_are_left() {
    let world = planned(World::start(small()).await, "r1").await;
    let run = world.run("r1");
    let (key, coverage) = (keys::repositories(&run.id), keys::coverage(&run.id, Stage::Plan));
    let mut listed = run.read(&key).await.unwrap();
    for number in 0..200 {
        let repository = format!("dev/other-{number:03}").into();
        listed
            .repositories
            .push(MatchedRepository { repository, ..listed.repositories[0].clone() });
    }
    std::fs::write(world.path(&key), serde_json::to_vec(&listed).unwrap()).unwrap();
    std::fs::remove_dir_all(world.path("sweeps/r1/index")).unwrap();
    std::fs::remove_file(world.path(&coverage)).unwrap();
    let execution = Execution::of(&world).in_a_hurry();
    let index = async |cursor| {
        let run = run.id.clone();
        let call = ScanUsageCall::Index { run, stage: Stage::Plan, token: None, cursor };
        scan_usage(&execution.host, call).await.unwrap()
    };
    let first = index(None).await;
    assert_eq!(first, Progressed { done: false, cursor: Some(Cursor { calls: 1, steps: 100 }) });
    let second = index(first.cursor).await;
    assert_eq!(second.cursor, Some(Cursor { calls: 2, steps: 200 }));
    assert!(!world.path(&coverage).exists());
    assert!(index(second.cursor).await.done);
    let coverage = run.read(&coverage).await.unwrap();
    for repository in &listed.repositories {
        let key = keys::index(&run.id, Stage::Plan, &repository.id());
        assert_eq!(run.read(&key).await.unwrap().evidence, coverage.evidence);
    }
}

#[tokio::test]
async fn plans_are_blocked_for_the_repositories_that_are_left() {
    let mut world = World::start(small()).await;
    world.policy = policy("limits: { images: 10 }", KEEP_ONE);
    let world = planned(world, "r1").await;
    let run = world.run("r1");
    let key = keys::repositories(&run.id);
    let mut listed = run.read(&key).await.unwrap();
    let template = listed.repositories.remove(0);
    let of_template = keys::attempt(&run.id, Stage::Plan, &template.id());
    let (plan, attempt) = (
        world.plan("r1", Stage::Plan, &template.repository).await,
        run.read(&of_template).await.unwrap(),
    );
    for number in 0..250 {
        let repository: Box<str> = format!("dev/other-{number:03}").into();
        let matched = MatchedRepository { repository: repository.clone(), ..template.clone() };
        let (mut plan, mut attempt) = (plan.clone(), attempt.clone());
        plan.plan.repository.clone_from(&repository);
        attempt.repository = repository;
        let bytes = write(&plan).unwrap();
        attempt.outcome =
            AttemptOutcome::Planned { plan_digest: sha256(&bytes), refers_elsewhere: false };
        let id = matched.id();
        std::fs::write(world.path(&keys::plan(&run.id, Stage::Plan, &id)), bytes).unwrap();
        let attempt_key = keys::attempt(&run.id, Stage::Plan, &id);
        std::fs::write(world.path(&attempt_key), write(&attempt).unwrap()).unwrap();
        listed.repositories.push(matched);
    }
    std::fs::write(world.path(&key), write(&listed).unwrap()).unwrap();
    let execution = Execution::of(&world).in_a_hurry();
    let limit = async |cursor| {
        let run = run.id.clone();
        let call = PlanRepoCall::Limit { run, stage: Stage::Plan, token: None, cursor };
        plan_repo(&execution.host, call).await.unwrap()
    };
    let first = limit(None).await;
    assert_eq!(first.cursor, Some(Cursor { calls: 1, steps: 350 }));
    let second = limit(first.cursor).await;
    assert_eq!(second.cursor, Some(Cursor { calls: 2, steps: 450 }));
    assert!(limit(second.cursor).await.done);
    for matched in &listed.repositories {
        let plan = world.plan("r1", Stage::Plan, &matched.repository).await.plan;
        assert_eq!((plan.delete.len(), plan.blocked[0].code), (0, BlockCode::OverLimit));
    }
}

#[tokio::test]
async fn a_plan_goes_on_with_the_manifests_that_it_has_read_before() {
    let world = planned(indexes(1_150).await, "r1").await;
    let whole = world.plan("r1", Stage::Plan, "dev/app").await;
    std::fs::remove_dir_all(world.path("cache/indexes")).unwrap();
    let execution = Execution::of(&world).in_a_hurry();
    let state = execution.of_plan("r1", true).await.unwrap();
    let [repository] = execution.repositories(&state).try_into().unwrap();
    let plan = async |cursor| {
        let (run, repository) = (state.run.clone(), repository.clone());
        let call = PlanRepoCall::Plan { run, stage: Stage::Plan, token: None, repository, cursor };
        plan_repo(&execution.host, call).await.unwrap()
    };
    let first = plan(None).await;
    assert_eq!(first.cursor, Some(Cursor { calls: 1, steps: 1_000 }));
    assert!(plan(first.cursor).await.done);
    assert_eq!(world.plan("r1", Stage::Plan, "dev/app").await.plan.delete, whole.plan.delete);
}

#[tokio::test]
async fn a_plan_that_gets_no_further_is_written_down_as_failed() {
    let world = planned(indexes(1_150).await, "r1").await;
    std::fs::remove_dir_all(world.path("cache/indexes")).unwrap();
    let execution = Execution::of(&world).in_a_hurry();
    let state = execution.of_plan("r1", true).await.unwrap();
    let [repository] = execution.repositories(&state).try_into().unwrap();
    let cursor = Some(Cursor { calls: 3, steps: 1_000 });
    let run = state.run.clone();
    let call = PlanRepoCall::Plan { run, stage: Stage::Plan, token: None, repository, cursor };
    assert!(plan_repo(&execution.host, call).await.unwrap().done);
    let run = world.run("r1");
    let attempt = find_attempt(&*run.store, &run.id, Stage::Plan, &in_registry("dev/app")).await;
    assert_eq!(attempt.unwrap().failure().unwrap().step, StepName::Plan);
}

#[tokio::test]
async fn a_deletion_goes_on_batch_after_batch() {
    let world = planned(images(1_001).await, "r1").await;
    let execution = Execution::of(&world).in_a_hurry();
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan_in_time(&state).await;
    let mut calls = 0;
    let mut cursor = None;
    loop {
        calls += 1;
        let answer: Progressed =
            serde_json::from_value(execution.delete(&state, cursor).await.unwrap()).unwrap();
        if answer.done {
            break;
        }
        assert_eq!(answer.cursor.map(|cursor| cursor.steps), Some(calls * 500));
        cursor = answer.cursor;
    }
    assert_eq!((calls, world.images("dev/app").len()), (3, 0));
    assert!(world.receipts("r1", "dev/app").await.finished);
}

#[tokio::test]
async fn evidence_that_gets_too_old_on_the_way_is_seen_again_once_more() {
    let world = planned(images(550).await, "r1").await;
    let execution = Execution::of(&world).in_a_hurry();
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan_in_time(&state).await;
    assert_eq!(execution.delete(&state, None).await.unwrap()["done"], false);
    world.clock.advance(SignedDuration::from_mins(61));
    assert_eq!(execution.delete(&state, None).await.unwrap()["done"], true);
    assert_eq!(world.images("dev/app").len(), 50);

    let finish = async |state| {
        let answer = execution.delete_batch(DeleteBatchCall::Finish { state }).await.unwrap();
        serde_json::from_value::<Finished>(answer).unwrap()
    };
    let finished = finish(state).await;
    assert!(finished.again);
    assert_eq!(finished.state.gone, 500);
    execution.see_and_plan_in_time(&finished.state).await;
    assert_eq!(execution.delete(&finished.state, None).await.unwrap()["done"], true);
    assert_eq!(world.images("dev/app").len(), 0);
    assert!(!finish(finished.state).await.again);
}

#[tokio::test]
async fn the_second_round_that_deletes_nothing_is_the_last() {
    let world = planned(images(150).await, "r1").await;
    let execution = Execution::of(&world);
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    let mut state = state;
    for again in [true, false] {
        execution.see_and_plan(&state).await;
        world.clock.advance(SignedDuration::from_mins(61));
        assert_eq!(execution.delete(&state, None).await.unwrap()["done"], true);
        let answer = execution.delete_batch(DeleteBatchCall::Finish { state }).await.unwrap();
        let finished: Finished = serde_json::from_value(answer).unwrap();
        assert_eq!((finished.again, finished.state.gone_in_vain), (again, Some(0)));
        state = finished.state;
    }
    assert_eq!(world.images("dev/app").len(), 150);
}

#[tokio::test]
async fn a_large_repository_goes_through_time_limits_and_evidence_that_gets_too_old() {
    let world = planned(images(1_101).await, "r1").await;
    let execution = Execution::of(&world).in_a_hurry();
    let state = execution.of_plan("r1", false).await.unwrap();
    let mut state = execution.begin(state, ARN, None).await.unwrap();
    let mut gone = Vec::new();
    loop {
        execution.see_and_plan_in_time(&state).await;
        let mut cursor = None;
        loop {
            let answer = execution.delete(&state, cursor).await.unwrap();
            let answer: Progressed = serde_json::from_value(answer).unwrap();
            if answer.done {
                break;
            }
            cursor = answer.cursor;
            world.clock.advance(SignedDuration::from_mins(61));
        }
        let answer = execution.delete_batch(DeleteBatchCall::Finish { state }).await.unwrap();
        let finished: Finished = serde_json::from_value(answer).unwrap();
        if !finished.again {
            break;
        }
        state = finished.state;
        gone.push(state.gone);
    }
    assert_eq!((gone, world.images("dev/app").len()), (vec![500, 1_000], 0));
    let receipts = world.receipts("r1", "dev/app").await;
    assert!(receipts.finished && receipts.receipts.iter().all(|it| it.outcome.is_gone()));
    assert_eq!(receipts.receipts.len(), 1_101);
}

#[tokio::test]
async fn what_is_copied_to_the_vault_goes_call_by_call_and_comes_back() {
    goes_call_by_call_and_comes_back(vaulting().await).await;
}

#[tokio::test]
async fn what_is_copied_to_a_bucket_of_its_own_goes_call_by_call_and_comes_back() {
    goes_call_by_call_and_comes_back(vaulting_in_a_bucket().await).await;
}

async fn goes_call_by_call_and_comes_back(world: World) {
    let world = planned(world, "r1").await;
    let before = world.images("dev/app");
    let execution = Execution::of(&world).in_a_hurry();
    let state = execution.of_plan("r1", false).await.unwrap();
    let state = execution.begin(state, ARN, None).await.unwrap();
    execution.see_and_plan_in_time(&state).await;
    let (mut cursor, mut calls) = (None, 0);
    loop {
        let answer = execution.delete(&state, cursor).await.unwrap();
        let Progressed { done, cursor: next } = serde_json::from_value(answer).unwrap();
        (cursor, calls) = (next, calls + 1);
        if done {
            break;
        }
        assert!(calls < 50, "it gets no further");
    }
    assert!(calls > 1, "everything went in one call");
    let finished = execution.delete_batch(DeleteBatchCall::Finish { state }).await.unwrap();
    assert_eq!(finished["again"], false);
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
    // Each layer once, and the configuration that all share: no call copies what another has.
    assert_eq!(world.simulator.count("ecr:GetLayer"), 6);
    assert_eq!(restore_all(&world).await.exit_code(), ExitCode::Done);
    assert_eq!(world.images("dev/app"), before);
}

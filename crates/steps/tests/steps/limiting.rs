//! The limits of a run, taken up again after whatever stopped them.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecr_sweep_core::MediaType;
use ecr_sweep_protocol::documents::{RunTotals, Stage, keys};
use ecr_sweep_steps::{
    JudgeRequest, Purpose, Run, SharedEvidence, StepError, index_usage, judge, limit_run,
    list_repos, plan_repo, scan_usage,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::stopping::{Failing, FailingStore, environment};
use crate::world::{World, definition, draft, id, old, organization, place, policy};

type Documents = BTreeMap<String, Vec<u8>>;

const KEEP_NEWEST: &str = r#"
repositories:
  - match: { name: ["dev/*"] }
    keep: { newest: 1 }
"#;

fn newest(number: u32) -> Value {
    let mut image = old(number, &["newest"]);
    image["pushed_at"] = "2026-03-01T00:00:00Z".into();
    image
}

fn signature(number: u32, subject: u32) -> Value {
    let mut signature = old(number, &[]);
    signature["artifact_type"] = "application/vnd.dev.cosign.artifact.sig.v1+json".into();
    signature["subject"] = json!(draft(subject));
    signature
}

/// Eight images would go: 11 to 13; an index and its two children; 31; and the signature of 11. That
/// of 14 stays with it, once the repositories are held together.
/// The limit of the run is six, and by age the index does not fit in after the others.
async fn world(on_exceed: &str) -> World {
    let mut index = old(21, &[]);
    index["media_type"] = json!(MediaType::OciIndex);
    index["children"] = json!([draft(22), draft(23)]);
    let repositories = json!([
        { "name": "dev/app", "images": [old(11, &[]), old(12, &[]), old(13, &[]), newest(14)] },
        { "name": "dev/index", "images": [index, old(22, &[]), old(23, &[]), newest(24)] },
        { "name": "dev/other", "images": [old(31, &[]), newest(32)] },
        { "name": "dev/signatures", "images": [
            signature(41, 14), signature(42, 11), newest(43),
        ] },
        { "name": "dev/young", "images": [newest(51)] },
    ]);
    let mut world = World::start(organization(&repositories, &definition())).await;
    world.policy = policy(&format!("limits: {{ images: 6, on_exceed: {on_exceed} }}"), KEEP_NEWEST);
    world
}

/// What a run has stored whose plans are made, and were not held against its limits yet.
async fn planned(world: &World, stage: Stage) -> Documents {
    let store = FailingStore::with(Documents::new(), None);
    let environment = environment(world, &store);
    let run = Run::begin(&environment, &id("r1"), world.options(), Purpose::Plan).await.unwrap();
    list_repos(&run).await.unwrap();
    let scopes = store.documents()[&*keys::scopes(&run.id, Stage::Plan)].clone();
    store.documents.lock().unwrap().insert(keys::scopes(&run.id, stage).to_string(), scopes);
    scan_usage(&run, stage, &place().into()).await.unwrap();
    index_usage(&run, stage).await.unwrap();
    let evidence = SharedEvidence::read(&run, stage).await.unwrap();
    let listed = run.read(&keys::repositories(&run.id)).await.unwrap();
    for repository in &listed.repositories {
        plan_repo(&run, &evidence, repository).await.unwrap();
    }
    store.documents()
}

async fn limited(world: &World, store: &Arc<FailingStore>, stage: Stage) -> Result<(), StepError> {
    let run = Run::open(&environment(world, store), &id("r1")).await?;
    let evidence = SharedEvidence::read(&run, stage).await?;
    limit_run(&run, &evidence).await
}

/// The plans, and that each is what the last attempt made.
fn plans(documents: &Documents) -> Documents {
    let is_of_plan = |key: &String| key.contains("/plans/") || key.contains("/attempts/");
    documents.clone().into_iter().filter(|(key, _)| is_of_plan(key)).collect()
}

async fn totals(world: &World, documents: Documents, stage: Stage) -> RunTotals {
    let store = FailingStore::with(documents, None);
    let run = Run::open(&environment(world, &store), &id("r1")).await.unwrap();
    judge(&run, JudgeRequest { stage, ..JudgeRequest::default() }).await.unwrap().totals
}

/// What the limits leave when nothing stops them.
async fn undisturbed(world: &World, planned: &Documents, stage: Stage) -> Documents {
    let store = FailingStore::with(planned.clone(), None);
    limited(world, &store, stage).await.unwrap();
    store.documents()
}

/// What happens beyond the limit, to which plans, how many images go then, and how many at most
/// whatever fails.
const CASES: [(&str, Stage, u64, u64); 4] = [
    ("block", Stage::Plan, 0, 0),
    ("block", Stage::Recheck, 0, 0),
    ("oldest_first", Stage::Plan, 5, 6),
    ("oldest_first", Stage::Recheck, 5, 6),
];

#[tokio::test]
async fn a_limit_that_was_stopped_at_any_call_holds() {
    for (on_exceed, stage, deleted, most) in CASES {
        let world = world(on_exceed).await;
        let planned = planned(&world, stage).await;
        assert_eq!(totals(&world, planned.clone(), stage).await.plan.delete, 9);
        let undisturbed = undisturbed(&world, &planned, stage).await;
        assert_eq!(totals(&world, undisturbed.clone(), stage).await.plan.delete, deleted);
        for how in [Failing::Once, Failing::OnceDone, Failing::FromThenOn] {
            for at in 0.. {
                let failing = FailingStore::with(planned.clone(), Some((at, how)));
                let ended = limited(&world, &failing, stage).await;
                if !failing.has_failed() {
                    ended.unwrap();
                    assert!(at > 5, "{at} calls of the store are no limit");
                    break;
                }
                let store = FailingStore::with(failing.documents(), None);
                limited(&world, &store, stage).await.unwrap();
                let at = format!("{on_exceed}, {stage:?}, {how:?} at {at}");
                let left = store.documents();
                // Who lived on may have written down that a repository could not be planned again.
                let is_same = plans(&left) == plans(&undisturbed);
                assert!(is_same || how != Failing::FromThenOn, "{at}");
                let left = totals(&world, left, stage).await.plan.delete;
                assert!(left <= most, "{at}: {left}");
            }
        }
    }
}

#[tokio::test]
async fn a_limit_that_is_stopped_over_and_over_ends_as_if_it_was_not() {
    for (on_exceed, stage, ..) in CASES {
        let world = world(on_exceed).await;
        let planned = planned(&world, stage).await;
        let undisturbed = undisturbed(&world, &planned, stage).await;
        let mut documents = planned;
        let mut times = 0;
        loop {
            // Enough for what is looked for in other repositories, and for one plan, beside which the first has
            // its images.
            let calls = if stage == Stage::Plan { 7 } else { 6 };
            let store = FailingStore::with(documents, Some((calls, Failing::FromThenOn)));
            let ended = limited(&world, &store, stage).await;
            documents = store.documents();
            if ended.is_ok() {
                break;
            }
            times += 1;
            assert!(times < 50, "{on_exceed}, {stage:?}: it gets no further");
        }
        assert!(times > 0, "{on_exceed}, {stage:?}: nothing stopped it");
        assert!(plans(&documents) == plans(&undisturbed), "{on_exceed}, {stage:?}");
    }
}

#[tokio::test]
async fn plans_that_rest_on_other_evidence_are_counted_anew() {
    let world = world("block").await;
    let blocked = world.dry_run("r1").await.totals.plan;
    assert_eq!((blocked.delete, blocked.would_delete), (0, 8));
    world.somebody().removes_the_repository().await;
    world.clock.advance(SignedDuration::from_mins(1));
    let within = world.dry_run("r1").await.totals.plan;
    assert_eq!((within.delete, within.would_delete), (6, 0));
}

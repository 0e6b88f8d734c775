//! Each document of a run is damaged in each way, between its plan and its deletion, and while it deletes:
//! nothing goes but what the registry's own evidence lets go, and what did not go is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::documents::{DeletionOutcome, RunSummary, Stage as Which, keys, sha256};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{Phase, StepError, dry_run, sweep, sweep_planned};
use futures::{StreamExt, stream};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::is_wide;
use super::points::{At, Points};
use super::stage::{GOING, REPOSITORIES, STAYING, Stage, holes};
use crate::stopping::FailingStore;
use crate::world::{id, in_registry};

type Documents = BTreeMap<String, Vec<u8>>;

/// What becomes of a document. None: it is gone.
type Damage = fn(&Stage, &[u8]) -> Option<Vec<u8>>;

/// The ways in which a document is damaged.
const DAMAGES: [(&str, Damage); 7] = [
    ("missing", |_, _| None),
    ("empty", |_, _| Some(Vec::new())),
    ("cut", |_, document| Some(document[..document.len() / 2].to_vec())),
    ("of another version", |_, document| {
        Some(changed(document, "schema_version", &Value::from(99)))
    }),
    ("of another run", |_, document| Some(changed(document, "run", &Value::from("r0")))),
    ("of another kind", |_, _| Some(br#"{ "schema_version": 1, "run": "r1" }"#.to_vec())),
    // It says of what is kept all that it says of what goes, and the reverse.
    ("forged", |stage, document| Some(swapped(stage, document))),
];

/// The document with another value, if it has one there.
fn changed(document: &[u8], name: &str, value: &Value) -> Vec<u8> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(document) else {
        return b"0".to_vec();
    };
    if let Some(old) = members.get_mut(name) {
        *old = value.clone();
    }
    serde_json::to_vec(&members).unwrap()
}

/// With the kept images 3 and 8 in place of 2 and 1, which go.
fn swapped(stage: &Stage, document: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(document).into_owned();
    let swap = |text: String, one: &str, other: &str| {
        text.replace(one, "\0").replace(other, one).replace('\0', other)
    };
    let name = |number| stage.world.digest(number).to_string();
    let text = swap(text, &name(3), &name(2));
    let text = swap(text, &name(8), &name(1));
    swap(text, ":used", ":v2").into_bytes()
}

/// When a document is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// After the plan, before it is taken up.
    Planned,
    /// After it was planned again, before anything is deleted.
    PlannedAgain,
}

/// What a run has left at a moment.
async fn left_at(moment: Moment) -> &'static Documents {
    static PLANNED: OnceCell<Documents> = OnceCell::const_new();
    static PLANNED_AGAIN: OnceCell<Documents> = OnceCell::const_new();
    let planned = async || {
        let stage = Stage::open().await;
        let environment = stage.environment(&Points::new(|_| false, At::Never));
        dry_run(&environment, &id("r1"), stage.world.options()).await.unwrap();
        stage.store.documents()
    };
    let again = async || {
        let stage = Stage::open().await;
        let environment = stage.environment(&Points::new(|_| false, At::Never));
        let left: Arc<OnceCell<Documents>> = Arc::default();
        let (store, here) = (stage.store.clone(), left.clone());
        stage.world.when(Phase::DeleteImages, move || here.set(store.documents()).unwrap());
        sweep(&environment, &id("r1"), stage.world.options(), async |_| true).await.unwrap();
        left.get().unwrap().clone()
    };
    match moment {
        Moment::Planned => PLANNED.get_or_init(planned).await,
        Moment::PlannedAgain => PLANNED_AGAIN.get_or_init(again).await,
    }
}

/// What is wrong after a sweep.
fn problems(stage: &Stage, ended: &Result<RunSummary, StepError>) -> Vec<String> {
    let mut problems = Vec::new();
    let there = stage.there();
    for number in STAYING {
        if !there.contains(&stage.world.digest(number)) {
            problems.push(format!("{number} is gone"));
        }
    }
    for (kept, lost) in holes(&stage.before, &stage.images()) {
        problems.push(format!("{} has lost {}", stage.name(kept), stage.name(lost)));
    }
    let left = there.len() - STAYING.len();
    let is_done = ended.as_ref().is_ok_and(|summary| summary.ending == Ending::Done);
    if left > 0 && is_done {
        problems
            .push(format!("{} are left, and it ended as if they were not", stage.names(&there)));
    }
    problems
}

/// Sweeps what is planned with one document damaged.
async fn with_damage(moment: Moment, key: &str, (name, damage): (&str, Damage)) -> Vec<String> {
    let stage = Stage::open().await;
    *stage.store.documents.lock().unwrap() = left_at(Moment::Planned).await.clone();
    let environment = stage.environment(&Points::new(|_| false, At::Never));
    let document = &left_at(moment).await[key];
    let damaged = damage(&stage, document);
    let (store, name_of_it) = (stage.store.clone(), key.to_owned());
    let replace = move || {
        let mut documents = store.documents.lock().unwrap();
        match &damaged {
            Some(damaged) => drop(documents.insert(name_of_it.clone(), damaged.clone())),
            None => drop(documents.remove(&name_of_it)),
        }
    };
    match moment {
        Moment::Planned => replace(),
        Moment::PlannedAgain => stage.world.when(Phase::DeleteImages, replace),
    }
    let ended = sweep_planned(&environment, &id("r1"), async |_| true).await;
    let problems = problems(&stage, &ended);
    problems.into_iter().map(|it| format!("{key} {name}, {moment:?}: {it}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_document_that_is_damaged_costs_an_image_that_the_registry_keeps() {
    let mut cases = Vec::new();
    for moment in [Moment::Planned, Moment::PlannedAgain] {
        let keys = left_at(moment).await.keys();
        let damages = |key| DAMAGES.into_iter().map(move |damage| (moment, key, damage));
        cases.extend(keys.flat_map(damages));
    }
    assert!(cases.len() > 200, "{} cases", cases.len());
    let step = if is_wide() { 1 } else { 3 };
    let problems: Vec<Vec<String>> = stream::iter(cases.into_iter().step_by(step))
        .map(async |(moment, key, damage)| with_damage(moment, key, damage).await)
        .buffer_unordered(4)
        .collect()
        .await;
    let problems: Vec<String> = problems.into_iter().flatten().collect();
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
}

/// All that a plan consists of is forged so that it agrees with itself: evidence that is seen again tells.
#[tokio::test]
async fn a_plan_that_is_forged_as_a_whole_deletes_nothing_that_is_used() {
    let stage = Stage::open().await;
    let mut documents = left_at(Moment::Planned).await.clone();
    let run = id("r1");
    let digests = |documents: &Documents| {
        REPOSITORIES.map(|name| {
            let key = keys::plan(&run, Which::Plan, &in_registry(name));
            sha256(&documents[&*key]).to_string()
        })
    };
    let before = digests(&documents);
    for document in documents.values_mut() {
        *document = swapped(&stage, document);
    }
    let after = digests(&documents);
    for document in documents.values_mut() {
        let text = String::from_utf8_lossy(document).into_owned();
        let each = before.iter().zip(&after);
        let text = each.fold(text, |text, (before, after)| text.replace(before, after));
        *document = text.into_bytes();
    }
    *stage.store.documents.lock().unwrap() = documents;
    let environment = stage.environment(&Points::new(|_| false, At::Never));
    let mut asked = 0;
    let ended = sweep_planned(&environment, &run, async |planned| {
        asked = planned.totals.plan.delete;
        true
    });
    let ended = ended.await;
    assert_eq!(asked, GOING.len() as u64, "the forgery is taken for the plan: {ended:?}");
    assert!(stage.there().is_superset(&stage.world.digests(&STAYING)), "{ended:?}");
    assert_eq!(holes(&stage.before, &stage.images()), []);
}

/// A store that takes all documents but one.
async fn without_room_for(key: &str) -> (Stage, Result<RunSummary, StepError>) {
    let stage = Stage::open().await;
    stage.store.refuse(key);
    let environment = stage.environment(&Points::new(|_| false, At::Never));
    let ended = sweep(&environment, &id("r1"), stage.world.options(), async |_| true).await;
    (stage, ended)
}

/// The repository that a document is of, if that is all that stops without it. Where it cannot be stored that
/// a plan is the last one, an earlier one must not be taken for it, so then the run stops.
fn stops_alone(key: &str) -> Option<&'static str> {
    let of = REPOSITORIES.into_iter().find(|name| key.contains(name))?;
    (!key.contains("/attempts/")).then_some(of)
}

/// What is wrong where one repository alone had to stop, and not this one.
fn stopped_beside(
    stage: &Stage,
    ended: &Result<RunSummary, StepError>,
    other: &'static str,
) -> Vec<String> {
    let mut problems = Vec::new();
    if let Err(error) = ended
        && !matches!(error, StepError::NotRecorded { .. } | StepError::Store(_))
    {
        problems.push(format!("it stopped the run: {}", error.in_full()));
    }
    let left: BTreeSet<Digest> = stage.images()[other].iter().map(|image| image.digest).collect();
    if other == "dev/app" && left != stage.world.digests(&[3, 8]) {
        problems.push(format!("it stopped {other}: {}", stage.names(&left)));
    }
    problems
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_written_costs_nothing_and_is_told() {
    let stage = Stage::open().await;
    let environment = stage.environment(&Points::new(|_| false, At::Never));
    sweep(&environment, &id("r1"), stage.world.options(), async |_| true).await.unwrap();
    let keys: Vec<String> = stage.store.documents().into_keys().collect();
    assert!(keys.len() > 20, "{keys:?}");
    let problems: Vec<Vec<String>> = stream::iter(keys)
        .map(async |key| {
            let (stage, ended) = without_room_for(&key).await;
            let mut problems = problems(&stage, &ended);
            if matches!(&ended, Ok(summary) if summary.ending == Ending::Done)
                && !key.starts_with("cache/")
                // Of pages it is told beside them, and whoever watches is told.
                && !key.contains("/report/")
            {
                problems.push("nobody is told".to_owned());
            }
            if let Some(repository) = stops_alone(&key) {
                let other = REPOSITORIES.into_iter().find(|it| *it != repository).unwrap();
                problems.extend(stopped_beside(&stage, &ended, other));
            }
            problems.into_iter().map(|it| format!("{key}: {it}")).collect::<Vec<_>>()
        })
        .buffer_unordered(4)
        .collect()
        .await;
    let problems: Vec<String> = problems.into_iter().flatten().collect();
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
}

/// The disk is full once images are gone: what stopped the run is told, and what went before.
#[tokio::test]
async fn a_disk_that_is_full_after_deletions_does_not_hide_them() {
    let stage = Stage::open().await;
    let environment = stage.environment(&Points::new(|_| false, At::Never));
    let store = stage.store.clone();
    stage.world.simulator.keep_gate(move |arrival| {
        if arrival.operation == "ecr:BatchDeleteImage" {
            store.refuse("");
        }
        Box::pin(async {})
    });
    let stopped = sweep(&environment, &id("r1"), stage.world.options(), async |_| true).await;
    let stopped = stopped.unwrap_err();
    let gone = stage.before.values().flatten().count() - stage.there().len();
    assert!(gone > 0, "{stopped:?}");
    let told = stopped.in_full();
    let told_first = format!("{gone} images of 111122223333/eu-west-1/dev/app are deleted");
    assert!(told.contains(&told_first), "{told}");
    assert_eq!(stopped.exit_code(), ExitCode::Partial);
    // The next run completes the receipts.
    let store = FailingStore::with(stage.store.documents(), None);
    let stage = Stage { kept: store.clone(), store, ..stage };
    stage.pass(SignedDuration::from_mins(16));
    let environment = stage.environment(&Points::new(|_| false, At::Never));
    sweep(&environment, &id("r2"), stage.world.options(), async |_| true).await.unwrap();
    let outcomes = stage.outcomes(&["r1", "r2"]).await;
    let deleted = outcomes.values().flatten().filter(|it| **it == DeletionOutcome::Deleted);
    assert_eq!(deleted.count(), GOING.len());
}

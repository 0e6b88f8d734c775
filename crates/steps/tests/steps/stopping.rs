//! Sweeps that stop at any point: what they report adds up, and the next one ends them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ecr_sweep_aws::store::{PutIf, PutNew, RunStore, StoreError, Stored, Version};
use ecr_sweep_aws_sim::{Effect, Fault};
use ecr_sweep_protocol::documents::{DeletionOutcome, RunSummary, keys, read, sha256};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{
    Environment, JudgeRequest, Phase, Run, StepError, dry_run, find_receipts, judge, sweep_planned,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::world::{
    DELETED, KEPT, World, app, definition, error, fault, id, in_registry, old, organization, small,
};

/// How a store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    /// One call does nothing.
    Once,
    /// One write is done, and says that it failed.
    OnceDone,
    /// No write is done from one on: the process was killed there.
    FromThenOn,
}

/// A store in memory of which a call fails.
#[derive(Default)]
pub(crate) struct FailingStore {
    pub(crate) documents: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Which call fails, counted from 0, and how.
    fails: Option<(u64, Failing)>,
    calls: AtomicU64,
    /// Whether nothing can be synced.
    never_syncs: bool,
    /// What the keys start with that it does not take.
    refused: Mutex<Option<String>>,
}

impl FailingStore {
    pub(crate) fn with(
        documents: BTreeMap<String, Vec<u8>>,
        fails: Option<(u64, Failing)>,
    ) -> Arc<Self> {
        Arc::new(Self { documents: Mutex::new(documents), fails, ..Self::default() })
    }

    pub(crate) fn documents(&self) -> BTreeMap<String, Vec<u8>> {
        self.documents.lock().unwrap().clone()
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.fails.is_some_and(|(at, _)| self.calls.load(Ordering::SeqCst) > at)
    }

    /// Takes no document any more whose key starts with this text.
    pub(crate) fn refuse(&self, prefix: &str) {
        *self.refused.lock().unwrap() = Some(prefix.to_owned());
    }

    fn check_room(&self, key: &str) -> Result<(), StoreError> {
        let refused = self.refused.lock().unwrap();
        match &*refused {
            Some(prefix) if key.starts_with(prefix.as_str()) => Err(unreachable()),
            _ => Ok(()),
        }
    }

    fn call<T>(
        &self,
        is_write: bool,
        act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T,
    ) -> Result<T, StoreError> {
        let mut documents = self.documents.lock().unwrap();
        let Some((at, how)) = self.fails.filter(|(_, how)| is_write || *how == Failing::Once)
        else {
            return Ok(act(&mut documents));
        };
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        if !(call == at || (call > at && how == Failing::FromThenOn)) {
            return Ok(act(&mut documents));
        }
        if how == Failing::OnceDone {
            act(&mut documents);
        }
        Err(unreachable())
    }
}

fn unreachable() -> StoreError {
    StoreError::Io {
        act: "reach",
        address: "the disk".to_owned(),
        next: None,
        source: std::io::Error::other("it is not there").into(),
    }
}

fn version(bytes: &[u8]) -> Version {
    Version::new(sha256(bytes).to_string())
}

#[async_trait]
impl RunStore for FailingStore {
    async fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.call(false, |documents| {
            let bytes = documents.get(key)?.clone();
            Some(Stored { version: version(&bytes), bytes })
        })
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<Version, StoreError> {
        self.check_room(key)?;
        self.call(true, |documents| {
            let version = version(&bytes);
            documents.insert(key.to_owned(), bytes);
            version
        })
    }

    async fn sync(&self) -> Result<(), StoreError> {
        let synced = self.call(true, |_| ());
        if self.never_syncs { Err(unreachable()) } else { synced }
    }

    async fn put_new(&self, key: &str, bytes: Vec<u8>) -> Result<PutNew, StoreError> {
        self.check_room(key)?;
        self.call(true, |documents| {
            if documents.contains_key(key) {
                return PutNew::Exists;
            }
            let version = version(&bytes);
            documents.insert(key.to_owned(), bytes);
            PutNew::Written(version)
        })
    }

    async fn put_if(
        &self,
        key: &str,
        bytes: Vec<u8>,
        expected: &Version,
    ) -> Result<PutIf, StoreError> {
        self.check_room(key)?;
        self.call(true, |documents| {
            if documents.get(key).is_none_or(|bytes| version(bytes) != *expected) {
                return PutIf::Changed;
            }
            let version = version(&bytes);
            documents.insert(key.to_owned(), bytes);
            PutIf::Written(version)
        })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.call(false, |documents| {
            documents.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
        })
    }

    async fn folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.call(false, |documents| {
            let within =
                documents.keys().filter_map(|key| key.strip_prefix(folder)?.strip_prefix('/'));
            let names = within.filter_map(|rest| Some(rest.split_once('/')?.0.to_owned()));
            names.collect::<BTreeSet<String>>().into_iter().collect()
        })
    }

    fn address(&self, key: &str) -> String {
        format!("memory/{key}")
    }
}

/// `dev/app` as ever, and `dev/other`, of whose images the first goes.
async fn world() -> World {
    let other = json!({ "name": "dev/other", "images": [old(31, &[]), old(32, &["v1"])] });
    World::start(organization(&json!([app(), other]), &definition())).await
}

pub(crate) fn environment(world: &World, store: &Arc<FailingStore>) -> Environment {
    Environment { store: store.clone(), ..world.environment() }
}

/// What a dry run leaves behind.
async fn planned() -> BTreeMap<String, Vec<u8>> {
    let world = world().await;
    let store = FailingStore::with(BTreeMap::new(), None);
    dry_run(&environment(&world, &store), &id("r1"), world.options()).await.unwrap();
    store.documents()
}

async fn swept(world: &World, store: &Arc<FailingStore>) -> Result<RunSummary, StepError> {
    sweep_planned(&environment(world, store), &id("r1"), async |_| true).await
}

/// The run as it is judged from what it has left behind.
async fn judged(world: &World, store: &Arc<FailingStore>) -> RunSummary {
    let run = Run::open(&environment(world, store), &id("r1")).await.unwrap();
    judge(&run, JudgeRequest { deleting: true, ..JudgeRequest::default() }).await.unwrap()
}

/// How many images the registry was asked for whose answer is not known.
async fn unknown(store: &FailingStore) -> u64 {
    // What fails is the run's calls, and not those that look at what it left.
    let store = FailingStore::with(store.documents(), None);
    let mut unknown = 0;
    for repository in ["dev/app", "dev/other"] {
        let found = find_receipts(&*store, &id("r1"), &in_registry(repository)).await.unwrap();
        let receipts = found.into_iter().flat_map(|found| found.receipts);
        unknown += receipts.filter(|it| it.outcome == DeletionOutcome::Asked).count() as u64;
    }
    unknown
}

/// Every image that was planned for deletion counts once, with a reason where it is still there.
fn adds_up(summary: &RunSummary, at: &str) {
    let mut images = 0;
    for repository in &summary.repositories {
        let outcomes = &repository.outcomes;
        assert_eq!(outcomes.images(), repository.plan.delete, "{at}: {repository:#?}");
        let left: u64 = repository.not_deleted.iter().map(|it| it.images).sum();
        let gone = outcomes.deleted + outcomes.already_gone;
        assert_eq!(left + gone, repository.plan.delete, "{at}: {repository:#?}");
        images += outcomes.images();
    }
    let totals = &summary.totals;
    assert_eq!((totals.outcomes.images(), totals.plan.delete), (images, 7), "{at}");
    if summary.ending == Ending::Done {
        assert_eq!(totals.outcomes.not_asked, 0, "{at}: {summary:#?}");
    }
}

/// What is said to be gone is; what is gone and not said to be was asked for without an answer.
async fn is_true(world: &World, store: &FailingStore, summary: &RunSummary, at: &str) {
    let there = world.images("dev/app").len() + world.images("dev/other").len();
    let gone = (DELETED.len() + KEPT.len() + 2 - there) as u64;
    let told = summary.totals.outcomes.deleted + summary.totals.outcomes.already_gone;
    let unknown = unknown(store).await;
    assert!(told <= gone && gone <= told + unknown, "{at}: {told}, {gone}, {unknown}");
}

/// Taken up again once nothing fails any more, the sweep comes to its end.
async fn is_ended_by_the_next(world: &World, store: &Arc<FailingStore>, at: &str) {
    // Whoever was killed never gave the lock back.
    world.clock.advance(SignedDuration::from_mins(16));
    let summary = swept(world, store).await.unwrap();
    adds_up(&summary, at);
    let outcomes = &summary.totals.outcomes;
    let gone = outcomes.deleted + outcomes.already_gone;
    assert_eq!((summary.ending, gone), (Ending::Done, 7), "{at}: {summary:#?}");
    assert_eq!(world.images("dev/app"), world.digests(&KEPT), "{at}");
}

#[tokio::test]
async fn a_sweep_adds_up_at_whatever_call_its_store_fails() {
    let planned = planned().await;
    for how in [Failing::Once, Failing::OnceDone, Failing::FromThenOn] {
        for at in 0.. {
            let world = world().await;
            let failing = FailingStore::with(planned.clone(), Some((at, how)));
            let swept = swept(&world, &failing).await;
            if !failing.has_failed() {
                assert_eq!(swept.unwrap().ending, Ending::Done);
                assert!(at > 20, "{at} calls of the store are no sweep");
                break;
            }
            let at = format!("{how:?} at {at}");
            if let Ok(swept) = swept {
                adds_up(&swept, &at);
            }
            let store = FailingStore::with(failing.documents(), None);
            let summary = judged(&world, &store).await;
            adds_up(&summary, &at);
            is_true(&world, &store, &summary, &at).await;
            is_ended_by_the_next(&world, &store, &at).await;
        }
    }
}

#[tokio::test]
async fn a_sweep_adds_up_at_whatever_call_is_refused_and_knows_every_answer() {
    let planned = planned().await;
    for times in [Some(1), None] {
        for after in 0.. {
            let world = world().await;
            let refusal = fault("*", error("AccessDeniedException"));
            world.simulator.set_faults(vec![Fault { after, times, ..refusal }]);
            let store = FailingStore::with(planned.clone(), None);
            let swept = swept(&world, &store).await;
            if world.simulator.counts().values().sum::<u64>() <= after {
                assert_eq!(swept.unwrap().ending, Ending::Done);
                assert!(after > 10, "{after} calls are no sweep");
                break;
            }
            let at = format!("{times:?} after {after}");
            if let Ok(swept) = swept {
                adds_up(&swept, &at);
            }
            let summary = judged(&world, &store).await;
            adds_up(&summary, &at);
            is_true(&world, &store, &summary, &at).await;
            assert_eq!(unknown(&store).await, 0, "{at}");
            world.simulator.set_faults(Vec::new());
            is_ended_by_the_next(&world, &store, &at).await;
        }
    }
}

#[tokio::test]
async fn only_what_was_asked_and_not_answered_is_not_known() {
    for (effect, is_known) in [
        (error("AccessDeniedException"), true),
        (error("InvalidParameterException"), true),
        (error("ExpiredTokenException"), true),
        (Effect::DropAnswer, false),
    ] {
        let (world, store) = (world().await, FailingStore::with(planned().await, None));
        let object = Some("dev/app".to_owned());
        let refused = Fault { object, ..fault("ecr:BatchDeleteImage", effect.clone()) };
        world.simulator.set_faults(vec![refused]);
        let summary = swept(&world, &store).await.unwrap();
        adds_up(&summary, &format!("{effect:?}"));
        let of_app = &summary.repositories[0];
        assert_eq!((of_app.outcomes.failed, of_app.outcomes.not_asked), (3, 3), "{effect:?}");
        assert_eq!(unknown(&store).await, if is_known { 0 } else { 3 }, "{effect:?}");
        let is_told = of_app.not_deleted.iter().any(|it| it.reason.contains("is not known"));
        assert_eq!(is_told, !is_known, "{of_app:#?}");
    }
}

#[tokio::test]
async fn what_a_lost_lock_or_old_evidence_stopped_was_not_asked_for() {
    let (world, store) = (world().await, FailingStore::with(planned().await, None));
    world.when(Phase::DeleteImages, {
        let store = store.clone();
        move || drop(store.documents.lock().unwrap().remove(&*keys::LOCK))
    });
    swept(&world, &store).await.unwrap_err();
    let summary = &store.documents()["sweeps/r1/summary.json"];
    let stopped: RunSummary = read(summary).unwrap();
    adds_up(&stopped, "the lock is lost");
    assert_eq!((stopped.ending, stopped.totals.outcomes.not_asked), (Ending::Refused, 7));

    let (world, store) = (self::world().await, FailingStore::with(planned().await, None));
    let clock = world.clock.clone();
    world.when(Phase::IndexUsage, move || clock.advance(SignedDuration::from_mins(61)));
    let stale = swept(&world, &store).await.unwrap();
    adds_up(&stale, "the evidence is too old");
    assert_eq!((stale.ending, stale.totals.outcomes.not_asked), (Ending::Refused, 7));
}

#[tokio::test]
async fn nothing_is_asked_for_whose_receipt_may_be_lost() {
    let store = FailingStore { never_syncs: true, ..FailingStore::default() };
    *store.documents.lock().unwrap() = planned().await;
    let (world, store) = (world().await, Arc::new(store));
    let summary = swept(&world, &store).await.unwrap();
    adds_up(&summary, "nothing is synced");
    assert_eq!(world.simulator.counts().get("ecr:BatchDeleteImage"), None);
    assert_eq!(summary.totals.outcomes.deleted, 0);
}

#[tokio::test]
async fn a_store_that_is_removed_while_images_go_does_not_hide_them() {
    let world = World::start(small()).await;
    let before = world.images("dev/app").len();
    let folder = world.path("");
    world.after_each(Phase::DeleteImages, move || {
        for name in ["sweeps", "lock.json"] {
            let path = folder.join(name);
            drop(std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path)));
        }
    });
    let stopped = world.try_sweep("r1").await.unwrap_err();
    let gone = before - world.images("dev/app").len();
    assert_eq!(gone, 3, "{stopped:?}");
    let told = stopped.in_full();
    assert!(told.contains("3 images of 111122223333/eu-west-1/dev/app are deleted"), "{told}");
    assert_eq!(stopped.exit_code(), ExitCode::Partial);
}

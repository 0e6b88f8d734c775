//! What runs remember of what was in use, and what a rule keeps for it.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;

use ecr_sweep_core::{Digest, ReasonCode, UseHistory, Verdict};
use ecr_sweep_protocol::documents::{
    DeletionOutcome, Stage, StoredPlan, UsedImages, keys, read, write,
};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{Environment, dry_run, plan_one, sweep};
use jiff::{SignedDuration, Timestamp};

use crate::stopping::{Failing, FailingStore};
use crate::world::{
    DELETED, HOST, KEEP_ONE, World, changing_calls, error, id, in_registry, now, policy, small,
};

/// A policy that keeps the newest image, and what was in use within 30 days.
fn roll_back() -> String {
    policy("", &KEEP_ONE.replace("newest: 1", "newest: 1, used_within: 30d"))
}

/// `dev/app`, whose image 8 a task definition names by its tag.
async fn world() -> World {
    let mut world = World::start(small()).await;
    world.policy = roll_back();
    world
}

fn day(number: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * number)
}

fn key() -> String {
    (*keys::used_images(&in_registry("dev/app"))).to_owned()
}

impl World {
    fn until_day(&self, number: i64) {
        self.clock.advance(day(number).duration_since(self.environment().now()));
    }

    fn used_images(&self) -> UsedImages {
        read(&std::fs::read(self.path(&key())).unwrap()).unwrap()
    }

    fn write_used_images(&self, document: &UsedImages) {
        std::fs::write(self.path(&key()), write(document).unwrap()).unwrap();
    }

    fn seen(&self) -> BTreeSet<Digest> {
        self.used_images().images.into_iter().map(|used| used.digest).collect()
    }

    /// The images that a plan keeps by this code.
    async fn kept_as(&self, run: &str, code: &str) -> BTreeSet<Digest> {
        let code: ReasonCode = code.parse().unwrap();
        let kept = self.plan(run, Stage::Plan, "dev/app").await.plan.keep;
        let kept = kept.into_iter().filter(|kept| kept.reasons.iter().any(|it| it.code == code));
        kept.map(|kept| kept.digest).collect()
    }

    /// The tag that the task definition names goes to a new image.
    async fn use_ends(&self) {
        self.somebody().pushes("used").await;
    }
}

#[tokio::test]
async fn the_first_run_of_a_store_deletes_nothing_on_the_ground_that_nothing_was_used() {
    let world = world().await;
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.plan.delete), (Ending::Done, 0));
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    let unknown = world.kept_as("r1", "last-use-unknown").await;
    assert!(unknown.is_superset(&world.digests(&DELETED)));
    let UsedImages { history, images, .. } = world.used_images();
    assert_eq!(history, Some(UseHistory { since: now(), looked_at: now() }));
    let [used] = &images[..] else { panic!("{images:?}") };
    assert_eq!((used.digest, used.first_seen), (world.digest(8), now()));
    assert_eq!(used.last_seen, now() + SignedDuration::from_hours(1));
    let [consumer] = &used.by[..] else { panic!("{:?}", used.by) };
    assert_eq!(consumer.kind.to_string(), "ecs-task-definition");
    assert!(consumer.arn.ends_with("task-definition/web:1"), "{}", consumer.arn);
}

#[tokio::test]
async fn what_is_rolled_back_to_within_the_time_stays_and_goes_after_it() {
    for (at, deleted, stays) in [(29, 0, true), (30, 6, true), (31, 7, false)] {
        let mut world = world().await;
        // Image 3 is not the newest any more once somebody has pushed.
        world.policy = roll_back().replace("newest: 1", "newest: 1, tags: [v3]");
        world.dry_run("r0").await;
        world.use_ends().await;
        world.dry_run("r1").await;
        world.until_day(20);
        world.dry_run("r2").await;
        assert_eq!(world.used_images().history.unwrap().since, now());
        world.until_day(at);
        let summary = world.sweep("r3").await;
        assert_eq!(summary.ending, Ending::Done, "day {at}");
        assert_eq!(summary.totals.outcomes.deleted, deleted, "day {at}");
        assert_eq!(world.images("dev/app").contains(&world.digest(8)), stays, "day {at}");
        let kept = world.kept_as("r3", "used-within").await.contains(&world.digest(8));
        assert_eq!(kept, stays, "day {at}");
    }
}

#[tokio::test]
async fn until_a_run_saw_that_it_was_not_in_use_any_more_an_image_may_have_been() {
    for (at, deleted, stays) in [(34, 6, true), (50, 6, true), (51, 7, false)] {
        let mut world = world().await;
        world.policy = roll_back().replace("newest: 1", "newest: 1, tags: [v3]");
        world.dry_run("r1").await;
        world.use_ends().await;
        world.until_day(20);
        world.dry_run("r2").await;
        world.until_day(at);
        assert_eq!(world.sweep("r3").await.totals.outcomes.deleted, deleted, "day {at}");
        assert_eq!(world.images("dev/app").contains(&world.digest(8)), stays, "day {at}");
    }
}

#[tokio::test]
async fn what_was_in_use_when_a_run_last_looked_stays_however_short_the_time_is() {
    let mut world = world().await;
    world.policy = roll_back().replace("30d", "7d").replace("newest: 1", "newest: 1, tags: [v3]");
    world.dry_run("r1").await;
    world.use_ends().await;
    for (day, stays) in [(20, true), (27, true), (28, false)] {
        world.until_day(day);
        world.sweep(&format!("on-day-{day}")).await;
        assert_eq!(world.images("dev/app").contains(&world.digest(8)), stays, "day {day}");
    }
}

#[tokio::test]
async fn what_another_run_saw_in_use_between_plan_and_deletion_stays() {
    let world = world().await;
    world.dry_run("r1").await;
    world.until_day(20);
    world.dry_run("r2").await;
    world.until_day(40);
    let summary = sweep(&world.environment(), &id("r3"), world.options(), async |_| {
        world.register("late", &format!("{HOST}/dev/app:v2")).await;
        dry_run(&world.environment(), &id("r4"), world.options()).await.unwrap();
        world.somebody().pushes("v2").await;
        true
    })
    .await
    .unwrap();
    assert!(world.plan("r3", Stage::Plan, "dev/app").await.plan.delete.len() > 1);
    let DeletionOutcome::Skipped { reason } = world.outcome("r3", 2).await else { panic!() };
    assert_eq!(&*reason, "planned again, it is kept: used-within");
    assert!(summary.totals.outcomes.deleted > 0);
    assert!(world.images("dev/app").contains(&world.digest(2)));
}

#[tokio::test]
async fn within_the_hour_nothing_is_written_twice() {
    let world = world().await;
    world.sweep("r1").await;
    let inode = || std::fs::metadata(world.path(&key())).unwrap().ino();
    let before = inode();
    world.dry_run("r2").await;
    assert_eq!(inode(), before);
    world.clock.advance(SignedDuration::from_hours(1));
    world.dry_run("r3").await;
    assert_ne!(inode(), before);
}

#[tokio::test]
async fn a_run_that_does_not_see_all_is_no_look_and_adds_what_it_saw() {
    let world = world().await;
    world.fault("lambda:ListFunctions", error("AccessDeniedException"));
    assert_eq!(world.dry_run("r1").await.ending, Ending::Incomplete);
    assert_eq!(world.used_images().history, None);
    assert_eq!(world.seen(), world.digests(&[8]));
    world.simulator.set_faults(Vec::new());
    world.until_day(3);
    world.dry_run("r2").await;
    assert_eq!(world.used_images().history.unwrap().since, day(3));
    assert_eq!(world.used_images().images[0].first_seen, now());
}

#[tokio::test]
async fn where_no_run_looked_for_as_long_nothing_goes_and_the_history_begins_anew() {
    let world = world().await;
    world.dry_run("r1").await;
    world.until_day(90);
    assert_eq!(world.sweep("r2").await.totals.plan.delete, 0);
    assert!(!world.kept_as("r2", "last-use-unknown").await.is_empty());
    assert_eq!(world.used_images().history.unwrap().since, day(90));
}

#[tokio::test]
async fn what_cannot_be_relied_on_is_not_planned_by_and_says_what_helps() {
    let world = world().await;
    world.dry_run("r1").await;
    let good = std::fs::read_to_string(world.path(&key())).unwrap();
    for (number, (bad, told)) in [
        ("{}".to_owned(), "missing field"),
        (good.replace("\"schema_version\": 1", "\"schema_version\": 2"), "a newer ecr-sweep"),
        (good.replace("dev/app", "dev/other"), "/dev/other"),
        (good[..good.len() / 2].to_owned(), "EOF"),
    ]
    .into_iter()
    .enumerate()
    {
        std::fs::write(world.path(&key()), &bad).unwrap();
        world.until_day(40 + i64::try_from(number).unwrap());
        let summary = world.sweep(&format!("bad-{number}")).await;
        let [failed] = &summary.failed[..] else { panic!("{:?}", summary.failed) };
        for part in ["cache/used/", told, "remove it"] {
            assert!(failed.message.contains(part), "`{part}`: {}", failed.message);
        }
        assert_eq!(ExitCode::from(summary.ending), ExitCode::Failed);
        assert_eq!(changing_calls(&world.simulator.counts()), [].into());
        assert_eq!(std::fs::read_to_string(world.path(&key())).unwrap(), bad);
    }
    std::fs::remove_file(world.path(&key())).unwrap();
    assert_eq!(world.sweep("r2").await.failed, []);
}

#[tokio::test]
async fn a_history_from_the_future_keeps_everything_and_begins_anew() {
    for since in [400, -900] {
        let world = world().await;
        world.dry_run("r1").await;
        let future = UseHistory { since: day(since), looked_at: day(400) };
        world.write_used_images(&UsedImages { history: Some(future), ..world.used_images() });
        world.until_day(60);
        assert_eq!(world.sweep("r2").await.totals.plan.delete, 0);
        assert!(!world.kept_as("r2", "last-use-unknown").await.is_empty());
        assert_eq!(world.used_images().history.unwrap().since, day(60));
    }
}

#[tokio::test]
async fn an_edited_history_frees_nothing_that_another_fact_keeps() {
    let world = world().await;
    world.dry_run("r1").await;
    world.until_day(60);
    let long = UseHistory { since: day(-900), looked_at: day(60) };
    let edited = UsedImages { history: Some(long), images: Vec::new(), ..world.used_images() };
    world.write_used_images(&edited);
    world.sweep("r2").await;
    let left = world.images("dev/app");
    assert_eq!(left, world.digests(&[3, 8]));
    assert_eq!(world.seen(), world.digests(&[8]));
}

#[tokio::test]
async fn wherever_a_run_is_killed_what_a_stored_plan_saw_in_use_is_remembered() {
    let world = world().await;
    let plan = keys::plan(&id("r1"), Stage::Plan, &in_registry("dev/app"));
    let mut had_plans = 0;
    let planned = async || {
        let store = FailingStore::with([].into(), None);
        let environment = Environment { store: store.clone(), ..world.environment() };
        dry_run(&environment, &id("r1"), world.options()).await.unwrap();
        store
    };
    // What the first reads shows as a pull to those who know nothing of it.
    planned().await;
    let undisturbed = planned().await;
    let decided = |documents: &BTreeMap<String, Vec<u8>>| {
        read::<StoredPlan>(documents.get(&*plan).unwrap()).unwrap().plan
    };
    let undisturbed = decided(&undisturbed.documents());
    for call in 0.. {
        let store = FailingStore::with([].into(), Some((call, Failing::FromThenOn)));
        let environment = Environment { store: store.clone(), ..world.environment() };
        let ended = dry_run(&environment, &id("r1"), world.options()).await;
        let documents = store.documents();
        if let Some(plan) = documents.get(&*plan) {
            had_plans += 1;
            let plan: StoredPlan = read(plan).unwrap();
            assert!(plan.plan.summary.images > 0);
            let used: UsedImages = read(&documents[&key()]).unwrap();
            assert_eq!(used.images[0].digest, world.digest(8), "killed at call {call}");
        }
        if !store.has_failed() {
            ended.unwrap();
            break;
        }
        // Whoever goes on with it remembers the same.
        let again = FailingStore::with(documents, None);
        let environment = Environment { store: again.clone(), ..world.environment() };
        dry_run(&environment, &id("r1"), world.options()).await.unwrap();
        let used: UsedImages = read(&again.documents()[&key()]).unwrap();
        assert_eq!(used.images.len(), 1, "killed at call {call}");
        assert_eq!(decided(&again.documents()), undisturbed, "killed at call {call}");
    }
    assert!(had_plans > 1);
}

#[tokio::test]
async fn who_asks_is_told_the_use_and_is_no_run() {
    let world = world().await;
    let (environment, repository) = (world.environment(), in_registry("dev/app"));
    let ask = async |run: &str, number| {
        let run = id(run);
        let planned = plan_one(&environment, &run, world.options(), &repository).await.unwrap();
        planned.explain(world.digest(number)).unwrap()
    };
    assert_eq!(ask("asked-1", 8).await.used, None);
    assert!(!world.path("cache/used").exists());
    world.dry_run("r1").await;
    world.use_ends().await;
    world.until_day(40);
    let document = world.used_images();
    let told = ask("asked-2", 8).await;
    assert_eq!(told.verdict, Verdict::Keep);
    let used = told.used.unwrap();
    assert_eq!(used.last_seen, Some(now() + SignedDuration::from_hours(1)));
    assert_eq!((used.first_seen, used.by), (Some(now()), document.images[0].by.clone()));
    let never = ask("asked-3", 1).await.used.unwrap();
    assert_eq!((never.last_seen, never.history), (None, document.history));
    assert_eq!(world.used_images(), document);
}

#[tokio::test]
async fn a_recording_plans_offline_by_what_runs_remember_as_a_run_does() {
    for at in [0, 29, 30, 31, 70] {
        let world = world().await;
        if at > 0 {
            world.dry_run("r1").await;
            world.use_ends().await;
            world.until_day(20);
            world.dry_run("r2").await;
        }
        world.until_day(at);
        let (recorded, offline) = world.plan_offline().await;
        world.dry_run("r3").await;
        let live = world.plan("r3", Stage::Plan, "dev/app").await.plan;
        assert_eq!(offline.plans, [live], "day {at}");
        let repository = &recorded.registries[0].repositories[0];
        assert!(repository.use_history.is_some());
    }
}

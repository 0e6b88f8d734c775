use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_core::{BlockCode, Digest, GoesOn, ReasonCode};
use ecr_sweep_protocol::documents::{DeletionOutcome, PlannedImages, Stage, keys};
use ecr_sweep_protocol::functions::PlanRepoCall;
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::functions::plan_repo;
use ecr_sweep_steps::{RunOptions, dry_run, sweep};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::functions::Execution;
use crate::world::{
    DELETED, HOST, KEEP_ONE, KEPT, World, app, changing_calls, definition, error, id, in_registry,
    now, old, organization, policy, small,
};

/// A policy that keeps the newest image, with settings of the rule.
fn with_rule(keep: &str, settings: &str) -> String {
    let rule = KEEP_ONE.replace("newest: 1", &format!("newest: 1{keep}"));
    policy("", &format!("{rule}    {settings}\n"))
}

fn grace() -> String {
    with_rule("", "grace: 7d")
}

async fn world() -> World {
    let mut world = World::start(small()).await;
    world.policy = grace();
    world
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

impl World {
    fn days_pass(&self, number: i64) {
        self.clock.advance(days(number));
    }

    /// Since when the runs so far say that images of a repository have been planned for deletion.
    fn remembered_of(&self, repository: &str) -> BTreeMap<Digest, Timestamp> {
        let key = keys::planned_images(&in_registry(repository));
        let Ok(document) = std::fs::read(self.path(&key)) else { return BTreeMap::new() };
        let document: PlannedImages = ecr_sweep_protocol::documents::read(&document).unwrap();
        assert!(document.images.is_sorted_by_key(|image| image.digest));
        document.images.into_iter().map(|image| (image.digest, image.since)).collect()
    }

    fn remembered(&self) -> BTreeMap<Digest, Timestamp> {
        self.remembered_of("dev/app")
    }

    /// The images that nothing but grace keeps, or that they need.
    async fn in_grace(&self, run: &str) -> BTreeSet<Digest> {
        let plan = self.plan(run, Stage::Plan, "dev/app").await.plan;
        let in_grace = plan
            .keep
            .iter()
            .filter(|kept| kept.reasons.iter().any(|reason| reason.code == ReasonCode::InGrace));
        in_grace.map(|kept| kept.digest).collect()
    }
}

#[tokio::test]
async fn the_first_sweep_with_a_grace_deletes_nothing_and_says_when_it_would() {
    let world = world().await;
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.plan.delete), (Ending::Done, 0));
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    let plan = world.plan("r1", Stage::Plan, "dev/app").await.plan;
    for number in DELETED {
        let kept = plan.keep.iter().find(|kept| kept.digest == world.digest(number)).unwrap();
        let reason = kept.reasons.iter().find(|it| it.code == ReasonCode::InGrace).unwrap();
        assert!(reason.detail.ends_with("7d ends at 2026-11-27T00:00:00Z"), "{}", reason.detail);
    }
    for kept in plan.keep {
        let waits = DELETED.map(|number| world.digest(number)).contains(&kept.digest);
        assert_eq!(kept.goes_at.is_some(), waits, "{kept:?}");
        assert!(kept.goes_at.is_none_or(|at| at == now() + days(7)), "{kept:?}");
    }
    let since = world.digests(&DELETED).into_iter().map(|digest| (digest, now()));
    assert_eq!(world.remembered(), since.collect());
}

#[tokio::test]
async fn when_images_go_that_wait_is_told_by_the_summary_and_its_table() {
    let world = world().await;
    world.dry_run("r1").await;
    world.days_pass(2);
    let summary = world.dry_run("r2").await;
    let on = GoesOn { on: "2026-11-27".parse().unwrap(), images: DELETED.len() as u64 };
    assert_eq!(
        (&summary.goes_on[..], &summary.repositories[0].goes_on[..]),
        (&[on][..], &[on][..])
    );
    let table = std::fs::read_to_string(world.path("sweeps/r2/summary.csv")).unwrap();
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (names, values) = (rows.next().unwrap(), rows.next().unwrap());
    let told = names.into_iter().zip(values).collect::<BTreeMap<_, _>>();
    assert_eq!((told["waiting"], told["next_goes_on"]), ("6", "2026-11-27"));
    // Once they go, nothing waits.
    world.days_pass(5);
    assert_eq!(world.dry_run("r3").await.goes_on, []);
}

#[tokio::test]
async fn what_a_dry_run_planned_for_the_whole_grace_is_deleted_and_what_is_younger_stays() {
    for (passed, deleted) in [(6, 0), (7, 6), (8, 6)] {
        let world = world().await;
        world.dry_run("r1").await;
        world.days_pass(passed);
        let summary = world.sweep("r2").await;
        let ended = (summary.ending, summary.totals.outcomes.deleted);
        assert_eq!(ended, (Ending::Done, deleted), "after {passed} days");
        assert_eq!(world.in_grace("r2").await.len() as u64, 6 - deleted, "after {passed} days");
    }
}

#[tokio::test]
async fn an_image_that_was_kept_in_between_starts_anew() {
    for settings in ["grace: 7d", "action: delete"] {
        let mut world = world().await;
        world.dry_run("r1").await;
        world.days_pass(4);
        world.policy = with_rule(", tags: [v2]", settings);
        world.dry_run("r2").await;
        assert!(!world.remembered().contains_key(&world.digest(2)), "{settings}");
        world.days_pass(4);
        world.policy = grace();
        let summary = world.sweep("r3").await;
        assert_eq!(summary.totals.plan.delete, DELETED.len() as u64 - 1, "{settings}");
        assert_eq!(world.in_grace("r3").await, world.digests(&[2]), "{settings}");
        assert_eq!(world.images("dev/app"), &world.digests(&KEPT) | &world.digests(&[2]));
        assert_eq!(world.remembered()[&world.digest(2)], now() + days(8));
    }
}

#[tokio::test]
async fn a_plan_that_something_unknown_blocks_starts_every_image_anew() {
    let world = world().await;
    world.dry_run("r1").await;
    world.days_pass(4);
    world.fault("ecs:ListClusters", error("AccessDeniedException"));
    assert_eq!(world.dry_run("r2").await.ending, Ending::Incomplete);
    assert_eq!(world.remembered(), BTreeMap::new());
    world.simulator.set_faults(Vec::new());
    world.days_pass(4);
    assert_eq!(world.sweep("r3").await.totals.plan.delete, 0);
    assert_eq!(world.in_grace("r3").await, world.digests(&DELETED));
}

#[tokio::test]
async fn a_limit_holds_deletions_back_and_not_the_time() {
    let limits = "grace: 7d\n    limits: { images: 1 }";
    let mut world = world().await;
    world.policy = with_rule("", limits);
    assert_eq!(world.dry_run("r1").await.ending, Ending::Done, "what waits is no deletion");
    world.days_pass(8);
    let blocked = world.sweep("r2").await;
    assert_eq!(blocked.repositories[0].blocked[0].code, BlockCode::OverLimit);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    world.days_pass(1);
    world.policy = grace();
    assert_eq!(world.sweep("r3").await.totals.outcomes.deleted, 6);
}

#[tokio::test]
async fn a_plan_that_fails_changes_nothing() {
    let world = world().await;
    world.dry_run("r1").await;
    let before = world.remembered();
    world.days_pass(4);
    world.fault("ecr:DescribeImages", error("AccessDeniedException"));
    assert_eq!(world.dry_run("r2").await.failed.len(), 1);
    assert_eq!(world.remembered(), before);
    world.simulator.set_faults(Vec::new());
    world.days_pass(4);
    assert_eq!(world.sweep("r3").await.totals.outcomes.deleted, 6);
}

#[tokio::test]
async fn a_recheck_reads_what_is_remembered_and_writes_nothing() {
    let world = world().await;
    world.dry_run("r1").await;
    world.days_pass(8);
    let summary = sweep(&world.environment(), &id("r2"), world.options(), async |_| {
        world.register("late", &format!("{HOST}/dev/app:v2")).await;
        true
    })
    .await
    .unwrap();
    assert_eq!(summary.totals.outcomes.deleted, 5);
    assert_eq!(world.remembered()[&world.digest(2)], now());
}

#[tokio::test]
async fn an_image_that_another_run_keeps_meanwhile_is_not_deleted() {
    let world = world().await;
    world.dry_run("r1").await;
    world.days_pass(8);
    let summary = sweep(&world.environment(), &id("r2"), world.options(), async |_| {
        let policy = with_rule(", tags: [v2]", "grace: 7d");
        dry_run(&world.environment(), &id("r3"), RunOptions { policy, ..world.options() })
            .await
            .unwrap();
        true
    })
    .await
    .unwrap();
    assert_eq!(summary.totals.outcomes.deleted, 5);
    let DeletionOutcome::Skipped { reason } = world.outcome("r2", 2).await else { panic!() };
    assert_eq!(&*reason, "planned again, it is kept: in-grace");
}

#[tokio::test]
async fn a_run_over_some_repositories_remembers_those_alone() {
    let other = json!({ "name": "dev/other", "images": [old(31, &["v1"]), old(32, &[])] });
    let mut world = World::start(organization(&json!([app(), other]), &definition())).await;
    world.policy = grace();
    world.dry_run("r1").await;
    let app = world.remembered();
    world.days_pass(1);
    let repositories = vec!["dev/other".into()];
    world.policy = with_rule(", tags: [\"*\"]", "grace: 7d");
    let options = RunOptions { repositories, ..world.options() };
    dry_run(&world.environment(), &id("r2"), options).await.unwrap();
    assert_eq!(world.remembered(), app);
    assert_eq!(world.remembered_of("dev/other").len(), 1);
}

#[tokio::test]
async fn without_a_grace_nothing_is_remembered() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    assert!(!world.path("cache/planned").exists());
}

#[tokio::test]
async fn a_repository_whose_memory_cannot_be_read_is_not_planned() {
    let world = world().await;
    world.dry_run("r1").await;
    let path = world.path(&keys::planned_images(&in_registry("dev/app")));
    std::fs::write(&path, "{}").unwrap();
    world.days_pass(8);
    let summary = world.sweep("r2").await;
    let [failed] = &summary.failed[..] else { panic!("{:?}", summary.failed) };
    assert!(failed.message.contains("cache/planned/"), "{}", failed.message);
    assert_eq!(ExitCode::from(summary.ending), ExitCode::Failed);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn the_functions_remember_and_wait_as_the_driver_does() {
    let world = world().await;
    world.dry_run("r1").await;
    let remembered = world.remembered();
    std::fs::remove_file(world.path(&keys::planned_images(&in_registry("dev/app")))).unwrap();
    let run = world.run("r1");
    let listed = run.read(&keys::repositories(&run.id)).await.unwrap();
    let [repository] = listed.repositories.try_into().unwrap();
    let call = PlanRepoCall::Plan {
        run: run.id,
        stage: Stage::Plan,
        token: None,
        repository,
        cursor: None,
    };
    let execution = Execution::of(&world);
    assert!(plan_repo(&execution.host, call).await.unwrap().done);
    assert_eq!(world.remembered(), remembered);

    world.days_pass(8);
    world.dry_run("r2").await;
    let state = execution.of_plan("r2", false).await.unwrap();
    let arn = "arn:aws:states:eu-west-1:111122223333:execution:ecr-sweep:one";
    let state = execution.begin(state, arn, None).await.unwrap();
    execution.see_and_plan(&state).await;
    assert_eq!(execution.delete(&state, None).await.unwrap()["done"], true);
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
}

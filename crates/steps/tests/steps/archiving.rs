use std::collections::BTreeSet;

use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::{Digest, ImageStatus, ReasonCode};
use ecr_sweep_protocol::documents::{DeletionOutcome, Receipt, RestoreOutcome, Stage};
use ecr_sweep_protocol::{Ending, ExitCode, Restoration};
use ecr_sweep_steps::{Run, StepError, find_deleted, restorable, restore, sweep};
use jiff::SignedDuration;
use serde_json::json;

use crate::world::{
    DELETED, KEEP_ONE, KEPT, World, changing_calls, error, id, place, policy, small,
};

const ARCHIVE: &str = "ecr:UpdateImageStorageClass";

pub(crate) async fn world() -> World {
    with("").await
}

/// Archives first, with more in the policy.
async fn with(settings: &str) -> World {
    let mut world = World::start(small()).await;
    world.policy = policy(settings, &format!("{KEEP_ONE}    action: {{ archive_for: 90d }}\n"));
    world
}

impl World {
    fn pass(&self, days: i64) {
        self.clock.advance(SignedDuration::from_hours(24 * days));
    }

    fn with_status(&self, status: ImageStatus) -> BTreeSet<Digest> {
        let images = self.simulator.images(&place(), "dev/app").unwrap();
        images.into_iter().filter(|it| it.status == status).map(|it| it.digest).collect()
    }

    pub(crate) fn archived(&self) -> BTreeSet<Digest> {
        self.with_status(ImageStatus::Archived)
    }

    async fn restores(&self, number: u32) {
        self.somebody().restores(self.digest(number)).await;
    }
}

/// What of these images a run can have back, or has back.
pub(crate) async fn have_back(
    world: &World,
    run: &str,
    numbers: &[u32],
    dry_run: bool,
) -> Restoration {
    let (environment, run) = (world.environment(), id(run));
    let wanted = world.digests(numbers);
    let is_wanted = |_: &_, receipt: &Receipt| wanted.contains(&receipt.digest);
    let found = find_deleted(&environment, &run, is_wanted).await.unwrap();
    let run = Run::open(&environment, &run).await.unwrap();
    let done = if dry_run { restorable(&run, found).await } else { restore(&run, found).await };
    done.unwrap()
}

fn outcomes(restoration: &Restoration) -> Vec<RestoreOutcome> {
    let images = restoration.repositories.iter().flat_map(|it| &it.images);
    images.map(|image| image.outcome.clone()).collect()
}

#[tokio::test]
async fn a_sweep_archives_what_it_would_delete_and_a_later_one_deletes_it() {
    let world = world().await;
    let dry = world.dry_run("r0").await.totals.plan;
    assert_eq!((dry.delete, dry.archive, dry.deleted(), dry.delete_bytes), (6, 6, 0, 0));
    assert_eq!(world.archived(), BTreeSet::new(), "a dry run archives nothing");
    let first = world.sweep("r1").await;
    let outcomes = first.totals.outcomes;
    assert_eq!((first.ending, outcomes.archived, outcomes.deleted), (Ending::Done, 6, 0));
    assert_eq!(world.archived(), world.digests(&DELETED));
    assert_eq!(world.simulator.count("ecr:BatchDeleteImage"), 0);
    for number in DELETED {
        assert_eq!(world.outcome("r1", number).await, DeletionOutcome::Archived);
    }
    world.pass(89);
    let between = world.sweep("r2").await;
    assert_eq!((between.ending, between.totals.plan.delete), (Ending::Done, 0));
    assert_eq!(between.goes_on.iter().map(|day| day.images).sum::<u64>(), 6);
    let plan = world.plan("r2", Stage::Plan, "dev/app").await.plan;
    let waits = plan.keep.iter().filter(|it| it.reasons[0].code == ReasonCode::InArchive);
    assert_eq!(waits.count(), 6);
    world.pass(1);
    let last = world.sweep("r3").await;
    let outcomes = last.totals.outcomes;
    assert_eq!((last.ending, outcomes.archived, outcomes.deleted), (Ending::Done, 0, 6));
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
}

#[tokio::test]
async fn an_image_that_somebody_restores_stays_and_is_archived_anew() {
    let world = world().await;
    world.sweep("r1").await;
    world.pass(80);
    world.restores(2).await;
    world.pass(20);
    // The registry's clock stands still here: by it, the idle time is over.
    let second = world.sweep("r2").await.totals.outcomes;
    assert_eq!((second.deleted, second.archived), (5, 1));
    assert_eq!(world.images("dev/app"), world.digests(&[2, 3, 8]));
    assert_eq!(world.archived(), world.digests(&[2]));
}

#[tokio::test]
async fn an_image_that_is_restored_after_it_was_planned_is_not_deleted() {
    let world = world().await;
    world.sweep("r1").await;
    world.pass(91);
    let (environment, options) = (world.environment(), world.options());
    let summary = sweep(&environment, &id("r2"), options, async |_| {
        world.restores(1).await;
        true
    })
    .await
    .unwrap();
    assert_eq!(summary.totals.outcomes.deleted, 4);
    // What signs it stays with it.
    assert_eq!(world.images("dev/app"), world.digests(&[1, 3, 7, 8]));
}

#[tokio::test]
async fn what_the_registry_does_not_archive_stays_with_what_depends_on_it_and_is_told() {
    let world = world().await;
    world.fault(ARCHIVE, error("ImageStorageClassUpdateNotSupportedException"));
    let summary = world.sweep("r1").await;
    assert_eq!(world.archived(), BTreeSet::new());
    assert_eq!(summary.ending, Ending::Partial);
    assert_eq!(ExitCode::from(summary.ending), ExitCode::Partial);
    let outcomes = summary.totals.outcomes;
    assert_eq!((outcomes.failed, outcomes.skipped), (3, 3), "{summary:?}");
    let DeletionOutcome::Failed { code, .. } = world.outcome("r1", 1).await else { panic!() };
    assert_eq!(&*code, "ImageStorageClassUpdateNotSupportedException");
    let DeletionOutcome::Skipped { reason } = world.outcome("r1", 7).await else { panic!() };
    assert!(reason.contains("has to go or be archived before it"), "{reason}");
}

#[tokio::test]
async fn an_archival_whose_answer_was_lost_is_looked_up() {
    let world = world().await;
    let lost = json!({ "operation": ARCHIVE, "times": 1, "effect": "drop_answer" });
    world.simulator.set_faults(vec![serde_json::from_value(lost).unwrap()]);
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.archived), (Ending::Done, 6));
}

#[tokio::test]
async fn what_was_asked_for_and_never_answered_is_settled_when_the_plan_is_taken_up_again() {
    let world = world().await;
    world.fault(ARCHIVE, Effect::DropAnswer);
    let summary = world.sweep("r1").await;
    assert_ne!(summary.ending, Ending::Done);
    let archived = world.archived();
    assert!(!archived.is_empty());
    assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Asked);
    world.simulator.set_faults(Vec::new());
    let again = world.sweep_planned("r1").await.unwrap();
    assert_eq!((again.ending, again.totals.outcomes.archived), (Ending::Done, 6), "{again:?}");
    assert_eq!(world.archived(), world.digests(&DELETED));
}

#[tokio::test]
async fn who_may_not_archive_archives_nothing_and_says_so() {
    let world = world().await;
    world.fault(ARCHIVE, error("AccessDeniedException"));
    let summary = world.sweep("r1").await;
    assert_eq!(world.archived(), BTreeSet::new());
    assert_ne!(ExitCode::from(summary.ending), ExitCode::Done);
    assert!(changing_calls(&world.simulator.counts()).keys().all(|it| it == ARCHIVE));
}

#[tokio::test]
async fn what_was_never_answered_is_looked_up_by_whoever_takes_the_lock_next() {
    for (effect, is_archived) in [(Effect::DropAnswer, true), (Effect::Drop, false)] {
        let world = world().await;
        world.fault(ARCHIVE, effect);
        world.sweep("r1").await;
        assert_eq!(world.outcome("r1", 1).await, DeletionOutcome::Asked);
        world.simulator.set_faults(Vec::new());
        assert_eq!(world.sweep("r2").await.ending, Ending::Done);
        match world.outcome("r1", 1).await {
            DeletionOutcome::Archived => assert!(is_archived),
            DeletionOutcome::Failed { code, reason } => {
                assert_eq!(&*code, "NotAnswered");
                assert!(!is_archived && reason.contains("was not archived"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(world.archived(), world.digests(&DELETED));
    }
}

#[tokio::test]
async fn what_is_not_archived_counts_among_the_failures_that_stop_a_run() {
    let world = with("limits: { failures: 2 }").await;
    world.fault(ARCHIVE, error("ImageStorageClassUpdateNotSupportedException"));
    let stopped = world.try_sweep("r1").await.unwrap_err();
    assert!(matches!(stopped, StepError::Stopped { found: Some(_), .. }), "{stopped:?}");
    let world = with("limits: { failures: 3 }").await;
    world.fault(ARCHIVE, error("ImageStorageClassUpdateNotSupportedException"));
    let summary = world.sweep("r1").await;
    assert_eq!((summary.stopped, summary.totals.outcomes.failed), (None, 3));
}

#[tokio::test]
async fn what_is_being_restored_when_it_would_be_archived_stays_with_what_belongs_to_it() {
    let world = world().await;
    let (environment, options) = (world.environment(), world.options());
    // 1 is archived and restored by somebody else before what signs it is archived.
    let summary = sweep(&environment, &id("r1"), options, async |_| {
        world.somebody().archives(world.digest(1)).await;
        world.restores(1).await;
        true
    })
    .await
    .unwrap();
    assert_eq!(world.archived(), world.digests(&[2, 4, 5, 6]), "{summary:?}");
}

#[tokio::test]
async fn the_time_of_an_image_that_is_archived_again_starts_anew() {
    let world = world().await;
    let at_the_registry = || world.simulator.set_now(world.environment().now());
    world.sweep("r1").await;
    world.pass(50);
    at_the_registry();
    world.restores(2).await;
    world.pass(31);
    at_the_registry();
    assert_eq!(world.sweep("r2").await.totals.outcomes.archived, 1);
    assert_eq!(world.archived(), world.digests(&DELETED));
    world.pass(89);
    at_the_registry();
    let third = world.sweep("r3").await.totals.outcomes;
    assert_eq!((third.deleted, third.archived), (5, 0));
    assert_eq!(world.archived(), world.digests(&[2]));
    world.pass(1);
    assert_eq!(world.sweep("r4").await.totals.outcomes.deleted, 1);
}

#[tokio::test]
async fn an_archived_image_whose_tag_moved_is_deleted_and_the_new_one_is_not() {
    let world = world().await;
    world.sweep("r1").await;
    world.somebody().pushes("v1").await;
    world.pass(91);
    world.sweep("r2").await;
    let images = world.simulator.images(&place(), "dev/app").unwrap();
    assert!(images.iter().any(|image| image.tags.iter().any(|tag| &**tag == "v1")));
    assert!(!images.iter().any(|image| image.digest == world.digest(1)));
}

#[tokio::test]
async fn what_a_run_has_archived_comes_back_with_what_belongs_to_it() {
    for (named, with_it) in [(1, &[1, 7][..]), (4, &[4, 5, 6]), (5, &[5]), (7, &[7])] {
        let world = world().await;
        world.sweep("r1").await;
        world.simulator.reset_counts();
        let foreseen = have_back(&world, "r1", &[named], true).await;
        assert_eq!(changing_calls(&world.simulator.counts()), [].into());
        let all = |outcome: RestoreOutcome| vec![outcome; with_it.len()];
        assert_eq!(outcomes(&foreseen), all(RestoreOutcome::Restorable), "{named}");
        let restoration = have_back(&world, "r1", &[named], false).await;
        assert_eq!(outcomes(&restoration), all(RestoreOutcome::Activating), "{named}");
        assert_eq!(restoration.exit_code(), ExitCode::Done);
        let left: BTreeSet<Digest> =
            world.digests(&DELETED).difference(&world.digests(with_it)).copied().collect();
        assert_eq!(world.archived(), left, "{named}");
        assert!(changing_calls(&world.simulator.counts()).keys().all(|it| it == ARCHIVE));
        let again = have_back(&world, "r1", &[named], false).await;
        assert_eq!(outcomes(&again), all(RestoreOutcome::ThereAlready), "{named}");
    }
}

#[tokio::test]
async fn a_restoring_whose_answer_was_lost_is_looked_up() {
    let world = world().await;
    world.sweep("r1").await;
    let lost = json!({ "operation": ARCHIVE, "times": 1, "effect": "drop_answer" });
    world.simulator.set_faults(vec![serde_json::from_value(lost).unwrap()]);
    let restoration = have_back(&world, "r1", &[2], false).await;
    assert_eq!(outcomes(&restoration), [RestoreOutcome::Restored]);
}

#[tokio::test]
async fn an_image_that_was_archived_and_deleted_since_does_not_come_back() {
    let world = world().await;
    world.sweep("r1").await;
    world.pass(91);
    world.sweep("r2").await;
    for run in ["r1", "r2"] {
        let restoration = have_back(&world, run, &[2], false).await;
        let [RestoreOutcome::NoManifest { reason }] = &outcomes(&restoration)[..] else {
            panic!("{restoration:?}")
        };
        assert!(reason.contains("archived"), "{reason}");
        assert_eq!(restoration.exit_code(), ExitCode::Incomplete);
    }
}

#[tokio::test]
async fn an_image_that_was_archived_again_comes_back_again() {
    let world = world().await;
    world.sweep("r1").await;
    have_back(&world, "r1", &[2], false).await;
    world.somebody().archives(world.digest(2)).await;
    let restoration = have_back(&world, "r1", &[2], false).await;
    assert_eq!(outcomes(&restoration), [RestoreOutcome::Activating]);
}

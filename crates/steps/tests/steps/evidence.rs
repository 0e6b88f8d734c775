use ecr_sweep_aws_sim::Effect;
use ecr_sweep_core::{BlockCode, CoverageDefault, CoverageStatus, Source};
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{ManifestReads, RunSummary, Stage, keys};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{Phase, Run, StepError, index_usage, sweep};
use jiff::SignedDuration;

use crate::world::{
    DELETED, KEEP_ONE, KEPT, World, built, changing_calls, error, id, in_registry, place, policy,
    small,
};

#[tokio::test]
async fn a_source_that_cannot_be_scanned_blocks_until_it_is_off() {
    let mut world = World::start(small()).await;
    world.policy = format!("schema_version: 1\n{KEEP_ONE}");
    world.fault("inspector2:ListCoverage", error("AccessDeniedException"));
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Incomplete);
    let inspector = summary.incomplete.iter().find(|row| row.source == Source::Inspector).unwrap();
    assert!(
        inspector.reason.as_deref().unwrap().contains("inspector2:ListCoverage"),
        "{inspector:?}"
    );
    assert!(!summary.incomplete.iter().any(|row| row.source == Source::Ecs));
    assert_eq!(summary.repositories[0].blocked[0].code, BlockCode::IncompleteUsage);

    let swept = world.sweep("r2").await;
    assert_eq!(ExitCode::from(swept.ending), ExitCode::NothingDeleted);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_scan_that_fails_is_written_down_with_its_reason_and_blocks() {
    let world = World::start(small()).await;
    world.fault("ecs:ListClusters", error("AccessDeniedException"));
    let summary = world.dry_run("r1").await;
    assert_eq!((summary.ending, summary.totals.blocked), (Ending::Incomplete, 1));
    let run = world.run("r1");
    let usage = run.read(&keys::usage(&run.id, Stage::Plan, &place().into())).await.unwrap();
    let ecs = usage.coverage.iter().find(|row| row.source == Source::Ecs).unwrap();
    assert_eq!(ecs.status, CoverageStatus::Failed);
    assert!(ecs.reason.as_deref().unwrap().contains("ecs:ListClusters"), "{ecs:?}");
    let off = usage.coverage.iter().find(|row| row.source == Source::Files).unwrap();
    assert_eq!((off.status, off.reason.as_deref()), (CoverageStatus::Off, Some("not used")));
}

/// A version that did not know the source may have scanned.
#[tokio::test]
async fn a_source_of_which_a_scan_says_nothing_was_not_seen() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let run = Run::open(&world.environment(), &id("r1")).await.unwrap();
    let key = keys::usage(&run.id, Stage::Plan, &place().into());
    let mut usage = run.read(&key).await.unwrap();
    usage.coverage.retain(|row| row.source != Source::Ecs);
    usage.usage.clear();
    std::fs::write(world.path(&key), serde_json::to_vec(&usage).unwrap()).unwrap();
    index_usage(&run, Stage::Plan).await.unwrap();
    let coverage = run.read(&keys::coverage(&run.id, Stage::Plan)).await.unwrap().coverage;
    let gaps = coverage.gaps(&run.policy);
    let seen: Vec<_> = gaps.iter().map(|gap| (gap.source, &*gap.reason)).collect();
    assert_eq!(seen, [(Source::Ecs, "it was not scanned")]);
}

#[tokio::test]
async fn regions_that_cannot_be_listed_make_everything_else_incomplete() {
    let world = World::start(small()).await;
    world.fault("account:ListRegions", error("AccessDeniedException"));
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Incomplete);
    assert_eq!(summary.coverage_default, CoverageDefault::Failed);
    assert!(summary.coverage_default_reason.as_ref().unwrap().contains("account:ListRegions"));
    // What the policy switches off is not missed, and need not be advised to be switched off.
    let unseen: Vec<Source> = summary.gaps().iter().map(|gap| gap.source).collect();
    assert_eq!(unseen, built());
    assert!(summary.gaps()[0].reason.contains("account:ListRegions"));
    let run = world.run("r1");
    let coverage = run.read(&keys::coverage(&run.id, Stage::Plan)).await.unwrap();
    assert!(coverage.references > 0, "the home Region is scanned all the same");
}

#[tokio::test]
async fn usage_that_fails_in_the_recheck_deletes_nothing() {
    let world = World::start(small()).await;
    let summary = sweep(&world.environment(), &id("r1"), world.options(), async |_| {
        world.fault("ecs:ListClusters", error("AccessDeniedException"));
        true
    })
    .await
    .unwrap();
    assert_eq!(summary.ending, Ending::NothingDeleted);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn evidence_that_got_too_old_is_scanned_again() {
    let world = World::start(small()).await;
    let clock = world.clock.clone();
    world.when(Phase::DeleteImages, move || clock.advance(SignedDuration::from_mins(61)));
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 6));
    let rescans = world.watch.started.lock().unwrap().clone();
    assert_eq!(rescans.iter().filter(|phase| **phase == Phase::RescanUsage).count(), 2);
}

#[tokio::test]
async fn evidence_that_is_too_old_however_often_it_is_scanned_deletes_nothing() {
    let world = World::start(small()).await;
    let clock = world.clock.clone();
    // Sorting comes right after scanning: the scan took too long.
    world.when(Phase::IndexUsage, move || clock.advance(SignedDuration::from_mins(61)));
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Refused, 0));
    assert_eq!(summary.failed[0].error, ErrorName::StaleEvidence);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_plan_past_its_age_is_refused() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    world.clock.advance(SignedDuration::from_hours(25));
    let stale = world.sweep_planned("r1").await.unwrap_err();
    assert!(matches!(stale, StepError::StalePlan { .. }), "{stale:?}");
    assert_eq!(stale.exit_code(), ExitCode::Refused);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_run_whose_own_plan_grows_too_old_ends_refused() {
    let world = World::start(small()).await;
    let clock = world.clock.clone();
    world.after_each(Phase::PlanRepos, move || clock.advance(SignedDuration::from_hours(25)));
    let stale = world.try_sweep("r1").await.unwrap_err();
    assert!(matches!(stale, StepError::StalePlan { .. }), "{stale:?}");
    let summary: RunSummary = world
        .environment()
        .read_of(&id("r1"), &keys::summary(&id("r1"), Stage::Plan))
        .await
        .unwrap();
    assert_eq!((summary.ending, summary.dry_run), (Ending::Refused, false));
    assert!(summary.stopped.unwrap().contains("is stale"));
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_plan_that_is_dated_in_the_future_is_refused() {
    let world = World::start(small()).await;
    world.clock.advance(SignedDuration::from_hours(24 * 365));
    world.dry_run("r1").await;
    world.clock.advance(SignedDuration::from_hours(-24 * 365));
    let stale = world.sweep_planned("r1").await.unwrap_err();
    assert_eq!(stale.name(), ErrorName::StalePlan);
    assert!(stale.in_full().contains("a clock was, or is, wrong"), "{stale}");
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn evidence_that_is_dated_in_the_future_deletes_nothing() {
    let world = World::start(small()).await;
    let clock = world.clock.clone();
    world.when(Phase::DeleteImages, move || clock.advance(SignedDuration::from_hours(-1)));
    let summary = world.sweep("r1").await;
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Refused, 0));
    assert!(summary.failed[0].message.contains("a clock was, or is, wrong"), "{summary:?}");
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
}

#[tokio::test]
async fn a_reviewed_plan_is_deleted_as_far_as_it_still_holds() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    world.clock.advance(SignedDuration::from_hours(23));
    let summary = world.sweep_planned("r1").await.unwrap();
    assert_eq!((summary.ending, summary.totals.outcomes.deleted), (Ending::Done, 6));
    assert_eq!(world.images("dev/app"), world.digests(&KEPT));
}

#[tokio::test]
async fn a_plan_is_not_deleted_by_another_policy() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let other = policy("", "repositories:\n  - keep: { newest: 0 }\n");
    std::fs::write(world.path("sweeps/r1/policy.yaml"), other).unwrap();
    let refused = world.sweep_planned("r1").await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::Conflict);
}

#[tokio::test]
async fn reading_manifests_does_not_make_an_index_look_pulled() {
    let mut world = World::start(small()).await;
    world.policy = policy("minimum_idle: 90d", KEEP_ONE);
    world.dry_run("r1").await;
    let index = world.simulator.image(&place(), "dev/app", world.digest(4)).unwrap();
    assert!(index.pulled_at.is_some(), "the simulator counts reading as a pull");
    let again = world.dry_run("r2").await;
    assert_eq!(again.totals.plan.delete, DELETED.len() as u64);
    assert_eq!(world.simulator.count("ecr:BatchGetImage"), 1, "a manifest is read once");

    let reads = std::fs::read(world.path(&keys::manifest_reads(&in_registry("dev/app")))).unwrap();
    let reads: ManifestReads = ecr_sweep_protocol::documents::read(&reads).unwrap();
    assert_eq!(reads.reads[0].digest, world.digest(4));
    assert!(reads.reads[0].to.is_some());
}

#[tokio::test]
async fn a_read_whose_answer_never_came_is_no_pull_either() {
    let world = World::start(small()).await;
    world.fault("ecr:BatchGetImage", Effect::DropAnswer);
    let failed = world.dry_run("r1").await;
    assert_eq!(failed.failed[0].error, ErrorName::Unavailable);
    world.simulator.set_faults(Vec::new());
    let again = world.dry_run("r2").await;
    assert_eq!(again.totals.plan.delete, DELETED.len() as u64);
}

#[tokio::test]
async fn a_pull_outside_our_own_reads_keeps_an_index() {
    let world = World::start(small()).await;
    let clock = world.clock.clone();
    // Our clock is an hour behind the registry's: its reads are not the ones we wrote down.
    clock.advance(SignedDuration::from_hours(-1));
    world.dry_run("r1").await;
    let again = world.dry_run("r2").await;
    let kept = world.digests(&[4, 5, 6]);
    let plan = world.plan("r2", Stage::Plan, "dev/app").await;
    let keep =
        plan.plan.keep.iter().map(|kept| kept.digest).collect::<std::collections::BTreeSet<_>>();
    assert!(keep.is_superset(&kept), "{again:?}");
}

#[tokio::test]
async fn a_plan_that_was_changed_is_not_deleted() {
    let world = World::start(small()).await;
    world.dry_run("r1").await;
    let path = world.path("sweeps/r1/plans/111122223333/eu-west-1/dev/app.json");
    let plan = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, plan.replace("\"v2\"", "\"v1\"")).unwrap();
    let refused = world.sweep_planned("r1").await.unwrap_err();
    assert_eq!(refused.name(), ErrorName::StalePlan);
    assert!(refused.to_string().contains("is not the plan that was made"), "{refused}");
}

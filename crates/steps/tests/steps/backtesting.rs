//! What a policy would have deleted at stored runs, and what of it somebody needed later.

use ecr_sweep_core::Need;
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::backtest::Backtest;
use ecr_sweep_protocol::{ExitCode, documents};
use ecr_sweep_steps::{StepError, backtest};
use jiff::{SignedDuration, Timestamp};

use crate::world::{DELETED, HOST, KEEP_ONE, World, now, policy, small};

impl World {
    /// A run every four weeks. Before each something may happen.
    async fn plan_for(&self, months: u32, before: impl AsyncFn(u32)) {
        for month in 0..months {
            before(month).await;
            self.dry_run(&format!("r{month:02}")).await;
            self.clock.advance(SignedDuration::from_hours(28 * 24));
        }
    }

    async fn backtest(
        &self,
        policy: &str,
        since: Option<Timestamp>,
    ) -> Result<Backtest, StepError> {
        let read = read("policy.yaml", policy, Use::Live).unwrap().policy;
        backtest(&*self.environment().store, &read, policy, since).await
    }
}

#[tokio::test]
async fn over_a_year_the_image_that_comes_back_is_the_one_that_was_needed() {
    let world = World::start(small()).await;
    world
        .plan_for(13, async |month| {
            if month == 7 {
                world.register("late", &format!("{HOST}/dev/app:v2")).await;
            }
        })
        .await;
    let judged = world.backtest(&world.policy, None).await.unwrap();
    assert_eq!((judged.images, judged.needed, judged.not_known), (DELETED.len() as u64, 1, 0));
    assert_eq!(judged.not_needed, DELETED.len() as u64 - 1);
    let [back] = &judged.needed_again[..] else { panic!("{:#?}", judged.needed_again) };
    assert_eq!((back.digest, back.need), (world.digest(2), Need::Used));
    assert_eq!((back.gone_in.as_str(), back.seen_in.as_str()), ("r00", "r07"));
    assert_eq!((judged.runs.len(), judged.exit_code()), (13, ExitCode::Incomplete));
    let told = judged.to_string();
    let since =
        "of 6 images that this policy would have deleted since 2026-11-20, 1 was needed again";
    assert!(told.starts_with(since), "{told}");
    // Who looks at the time after that alone finds it in use.
    let since = now() + SignedDuration::from_hours(28 * 24 * 7);
    let judged = world.backtest(&world.policy, Some(since)).await.unwrap();
    assert_eq!((judged.runs.len(), judged.needed, judged.exit_code()), (6, 0, ExitCode::Done));
}

#[tokio::test]
async fn the_policy_of_the_runs_would_have_deleted_what_they_planned() {
    for rule in [KEEP_ONE.to_owned(), format!("{KEEP_ONE}    grace: 40d\n")] {
        let mut world = World::start(small()).await;
        world.policy = policy("", &rule);
        let mut planned = Vec::new();
        for run in ["r1", "r2", "r3"] {
            planned.push(world.dry_run(run).await.totals.plan.delete);
            world.clock.advance(SignedDuration::from_hours(28 * 24));
        }
        let judged = world.backtest(&world.policy, None).await.unwrap();
        let goes: Vec<u64> = judged.runs.iter().map(|run| run.would_delete).collect();
        assert_eq!(goes, planned, "{rule}");
        assert!(planned.contains(&(DELETED.len() as u64)));
    }
}

#[tokio::test]
async fn another_policy_is_judged_by_the_same_runs() {
    let world = World::start(small()).await;
    world.plan_for(3, async |_| {}).await;
    let all = policy("", &KEEP_ONE.replace("newest: 1", "newest: 100"));
    let judged = world.backtest(&all, None).await.unwrap();
    // It counts tagged images: those without a tag would go all the same.
    assert_eq!((judged.images, judged.needed, judged.exit_code()), (3, 0, ExitCode::Done));
    assert!(judged.runs.iter().all(|run| run.would_delete == 3), "{:#?}", judged.runs);
}

#[tokio::test]
async fn what_a_run_has_not_stored_is_not_known_and_not_unneeded() {
    let world = World::start(small()).await;
    world.plan_for(2, async |_| {}).await;
    for run in ["r00", "r01"] {
        std::fs::remove_dir_all(world.path(&format!("sweeps/{run}/images"))).unwrap();
        let judged = world.backtest(&world.policy, None).await.unwrap();
        let not_known: u64 = judged.runs.iter().map(|run| run.not_known).sum();
        if run == "r00" {
            assert_eq!((judged.images, not_known), (DELETED.len() as u64, 1));
            // The only run that is left is the last.
            assert_eq!(judged.not_known, judged.images);
            assert!(judged.to_string().contains("nobody knows"), "{judged}");
        } else {
            assert_eq!(
                (judged.images, not_known, judged.exit_code()),
                (0, 2, ExitCode::Incomplete)
            );
            assert!(judged.to_string().starts_with("nothing can be said"), "{judged}");
        }
    }
}

#[tokio::test]
async fn a_document_that_is_damaged_is_no_evidence() {
    let world = World::start(small()).await;
    world.plan_for(2, async |_| {}).await;
    std::fs::write(world.path("sweeps/r01/images/111122223333/eu-west-1/dev/app.json"), "{")
        .unwrap();
    let judged = world.backtest(&world.policy, None).await.unwrap();
    assert_eq!((judged.runs[1].not_known, judged.not_known), (1, judged.images));
    std::fs::write(world.path("sweeps/r00/coverage.json"), "{").unwrap();
    let judged = world.backtest(&world.policy, None).await.unwrap();
    assert!(judged.runs[0].problem.is_some());
    assert!(documents::write(&judged).is_ok());
}

//! What the policy turns off: a first look at it may speak against that.

use ecr_sweep_aws_sim::{Effect, SimulatorOptions};
use ecr_sweep_core::{BlockCode, CoverageRow, CoverageStatus, Probed, Remedy, Source};
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::documents::{Stage, keys};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::scan;

use crate::world::{KEEP_ONE, World, changing_calls, error, fault, place, policy, small};

fn off(more: &str) -> String {
    policy(&format!("    - {{ source: batch, reason: not used{more} }}"), KEEP_ONE)
}

/// A world in which something of every source is there, or nothing of any but ECS.
async fn world(has_samples: bool) -> World {
    let options = SimulatorOptions { has_samples, ..SimulatorOptions::default() };
    let mut world = World::with(small(), options).await;
    world.policy = off("");
    if has_samples {
        // What the samples name is of no registry here: only that they are there counts.
        let on = Source::ALL.into_iter().filter(|it| ![Source::Ecs, Source::Batch].contains(it));
        let rows = on.map(|source| {
            format!("    - {{ source: {source}, reason: not looked at, even_if_used: true }}\n")
        });
        let rows: String = rows.collect();
        world.policy = world.policy.replace("  off:\n", &format!("  off:\n{rows}"));
    }
    world
}

async fn row(world: &World, run: &str) -> CoverageRow {
    let run = world.run(run);
    let usage = run.read(&keys::usage(&run.id, Stage::Plan, &place().into())).await.unwrap();
    usage.coverage.into_iter().find(|row| row.source == Source::Batch).unwrap()
}

#[tokio::test]
async fn what_is_off_and_not_there_is_asked_for_once() {
    let world = world(false).await;
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Done);
    let row = row(&world, "r1").await;
    assert_eq!((row.status, row.probed), (CoverageStatus::Off, Some(Probed::Empty)));
    assert_eq!(row.reason.as_deref(), Some("not used"));
    let counts = world.simulator.counts();
    let of_batch = counts.iter().filter(|(call, _)| call.starts_with("batch:"));
    let of_batch: Vec<_> = of_batch.map(|(call, calls)| (&**call, *calls)).collect();
    assert_eq!(of_batch, [("batch:DescribeJobDefinitions", 1), ("batch:DescribeJobQueues", 1)]);
}

#[tokio::test]
async fn what_is_off_and_there_is_refused_unless_it_is_off_even_if_used() {
    let mut world = world(true).await;
    let summary = world.sweep("r1").await;
    assert_eq!(ExitCode::from(summary.ending), ExitCode::NothingDeleted);
    assert_eq!(changing_calls(&world.simulator.counts()), [].into());
    assert_eq!(summary.repositories[0].blocked[0].code, BlockCode::IncompleteUsage);
    let row = row(&world, "r1").await;
    assert_eq!((row.status, row.probed), (CoverageStatus::Failed, Some(Probed::Used)));
    let reason = row.reason.unwrap();
    assert!(reason.starts_with("off, but 2 exist, e.g. "), "{reason}");
    assert!(reason.ends_with("turn it on, or say `even_if_used: true`"), "{reason}");
    let gaps = summary.gaps();
    let helps: Vec<_> = gaps.iter().flat_map(|gap| &gap.remedies).collect();
    assert_eq!(helps, [&Remedy::LookAtSource { source: Source::Batch }]);
    let (recorded, offline) = world.plan_offline().await;
    assert_eq!(offline.plans[0].blocked[0].code, BlockCode::IncompleteUsage);
    let rows = recorded.coverage.except.iter();
    assert_eq!(rows.filter(|row| row.probed == Some(Probed::Used)).count(), 1);

    world.simulator.reset_counts();
    world.policy =
        world.policy.replace("reason: not used ", "reason: not used, even_if_used: true ");
    let summary = world.dry_run("r2").await;
    assert_eq!((summary.ending, summary.gaps()), (Ending::Done, Vec::new()));
    assert!(!world.simulator.counts().keys().any(|call| call.starts_with("batch:")));
}

#[tokio::test]
async fn what_nobody_may_look_at_is_off_and_says_so() {
    let world = world(false).await;
    for (effect, probed) in [
        (error("AccessDeniedException"), Probed::Denied),
        (
            Effect::Respond { status: 200, headers: [].into(), body: "{}".to_owned() },
            Probed::Failed,
        ),
    ] {
        world.simulator.set_faults(vec![fault("batch:*", effect)]);
        let run = format!("r-{probed}");
        let summary = world.dry_run(&run).await;
        assert_eq!(summary.ending, Ending::Done);
        let row = row(&world, &run).await;
        assert_eq!((row.status, row.probed), (CoverageStatus::Off, Some(probed)));
        let reason = row.reason.unwrap();
        assert!(
            reason.starts_with("not used (whether something is there is not known: "),
            "{reason}"
        );
        assert!(reason.contains("batch:DescribeJobDefinitions"), "{reason}");
    }
}

#[tokio::test]
async fn a_scan_alone_tells_what_speaks_against_an_off() {
    let world = world(true).await;
    let policy = read("policy.yaml", &world.policy, Use::Live).unwrap().policy;
    let scanned = scan(&world.environment(), policy).await.unwrap();
    let [gap] = &scanned.gaps[..] else { panic!("{:?}", scanned.gaps) };
    assert_eq!(gap.source, Source::Batch);
    let of_batch = scanned.file.scanned.iter().find(|it| it.source == Source::Batch).unwrap();
    assert_eq!((of_batch.complete, of_batch.found, of_batch.calls), (false, 2, Some(1)));
}

//! What the policy turns off: a first look at it may speak against that.

use ecr_sweep_aws_sim::{Effect, Explorer, SimulatorOptions};
use ecr_sweep_core::{BlockCode, CoverageRow, CoverageStatus, Place, Probed, Remedy, Source};
use ecr_sweep_policy::{Use, read};
use ecr_sweep_protocol::documents::{Stage, keys};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::scan;

use crate::world::{KEEP_ONE, REGION, World, changing_calls, error, fault, place, policy, small};

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

/// Nothing of Batch is listed, and Resource Explorer knows a definition in the Region.
async fn with_an_index(aggregator: Option<&str>, region: &str, of_type: &str) -> World {
    let place = Place { region: region.parse().unwrap(), ..place() };
    let arn = format!("arn:aws:batch:{region}:{}:job-definition/a:1", place.account);
    let other = Place { account: "444455556666".parse().unwrap(), ..place.clone() };
    let explorer = Explorer {
        aggregator: aggregator.map(|region| region.parse().unwrap()),
        resources: vec![
            (place, of_type.to_owned(), arn),
            (other, "batch:job-definition".to_owned(), "arn:of:another:account".to_owned()),
        ],
    };
    let options = SimulatorOptions { explorer: Some(explorer), ..SimulatorOptions::default() };
    let mut world = World::with(small(), options).await;
    world.policy = off("");
    world
}

#[tokio::test]
async fn what_resource_explorer_knows_speaks_against_an_off() {
    for aggregator in [None, Some(REGION), Some("us-east-1")] {
        let world = with_an_index(aggregator, REGION, "batch:job-definition").await;
        let summary = world.sweep("r1").await;
        assert_eq!(ExitCode::from(summary.ending), ExitCode::NothingDeleted);
        assert_eq!(changing_calls(&world.simulator.counts()), [].into());
        let [row] = &summary.incomplete[..] else { panic!("{summary:?}") };
        assert_eq!((row.source, row.probed), (Source::Batch, Some(Probed::Used)));
        let reason = row.reason.as_deref().unwrap();
        let expected = "off, but Resource Explorer knows 1, e.g. arn:aws:batch:eu-west-1:";
        assert!(reason.starts_with(expected), "{reason}");
        assert_eq!(row.remedies, [Remedy::LookAtSource { source: Source::Batch }]);
        let asked = ["ListIndexes", "Search"]
            .map(|name| world.simulator.count(&format!("resource-explorer-2:{name}")));
        assert_eq!(asked[0], asked[1]);
        let (recorded, offline) = world.plan_offline().await;
        let refused = |row: &&CoverageRow| row.probed == Some(Probed::Used);
        assert_eq!(recorded.coverage.except.iter().filter(refused).count(), 1);
        assert_eq!(offline.plans[0].blocked[0].code, BlockCode::IncompleteUsage);
    }
}

#[tokio::test]
async fn what_resource_explorer_knows_elsewhere_or_of_another_type_says_nothing() {
    for (region, of_type) in
        [("us-east-1", "batch:job-definition"), (REGION, "batch:job-definition-revision")]
    {
        let world = with_an_index(Some(REGION), region, of_type).await;
        assert_eq!(world.dry_run("r1").await.ending, Ending::Done);
        let row = row(&world, "r1").await;
        assert_eq!((row.status, row.probed), (CoverageStatus::Off, Some(Probed::Empty)));
    }
}

#[tokio::test]
async fn where_resource_explorer_may_not_be_asked_nothing_changes() {
    for operation in ["ListIndexes", "Search"] {
        let world = with_an_index(Some(REGION), REGION, "batch:job-definition").await;
        let operation = format!("resource-explorer-2:{operation}");
        world.simulator.set_faults(vec![fault(&operation, error("AccessDeniedException"))]);
        assert_eq!(world.dry_run("r1").await.ending, Ending::Done);
    }
}

#[tokio::test]
async fn resource_explorer_is_not_asked_about_what_is_off_even_if_used() {
    let mut world = with_an_index(Some(REGION), REGION, "batch:job-definition").await;
    world.policy = off(", even_if_used: true");
    assert_eq!(world.dry_run("r1").await.ending, Ending::Done);
    assert!(!world.simulator.counts().keys().any(|call| call.starts_with("resource-explorer")));
}

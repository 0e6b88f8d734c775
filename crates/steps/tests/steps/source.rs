//! A source, added as every source is: an adapter and a line. What follows from it is here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ecr_sweep_aws::sources::{
    NO_RESOURCE, Permission, PermittedCalls, PermittedOn, Scan, ScanError, Scanned, Sources,
    UsageSource,
};
use ecr_sweep_core::{BlockCode, CoverageRow, CoverageStatus, Source, Usage};
use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::{Stage, keys};
use ecr_sweep_protocol::snapshot::PlaceWorkloads;
use ecr_sweep_steps::{RecordRequest, record};
use futures::future::BoxFuture;
use tokio::sync::Barrier;
use tokio::time::timeout;

use crate::world::{HOST, KEEP_ONE, World, place, policy, small};

/// Amazon Inspector otherwise: what it found, each with an image; none where it cannot be read.
#[derive(Debug)]
struct Inspector {
    found: Option<&'static [&'static str]>,
}

const PERMISSIONS: &[Permission] = &[Permission {
    resource: PermittedOn::Everything,
    because: NO_RESOURCE,
    calls: &[PermittedCalls {
        actions: &["inspector2:ListFindings", "inspector2:BatchGetFindingDetails"],
        purpose: "the image of every finding",
    }],
}];

impl UsageSource for Inspector {
    fn source(&self) -> Source {
        Source::Inspector
    }

    fn permissions(&self) -> &'static [Permission] {
        PERMISSIONS
    }

    fn scan<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Scanned, ScanError>> {
        Box::pin(async {
            let place = scan.account_and_region();
            let found = self.found.ok_or_else(|| ScanError::Unreadable {
                resource: "arn:aws:inspector2:finding/web".into(),
                problem: "its image is not told".into(),
            })?;
            let row = |tag: &&str| Usage {
                reference: format!("{HOST}/dev/app:{tag}").into(),
                kind: "inspector-finding".parse().unwrap(),
                arn: format!("arn:aws:inspector2:finding/{tag}").into(),
                account: place.account.clone(),
                region: place.region.clone(),
                cluster: None,
                task_definition: None,
                resolved: None,
                deployed_at: None,
                seen_at: Some(scan.now),
            };
            let workloads = PlaceWorkloads::nothing(Source::Inspector, place.clone());
            Ok(Scanned::of(found.iter().map(row).collect(), workloads))
        })
    }
}

/// A source that has seen nothing as long as another one has not begun to look.
#[derive(Debug)]
struct Meeting {
    source: Source,
    all: Arc<Barrier>,
}

impl UsageSource for Meeting {
    fn source(&self) -> Source {
        self.source
    }

    fn permissions(&self) -> &'static [Permission] {
        PERMISSIONS
    }

    fn scan<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Scanned, ScanError>> {
        Box::pin(async {
            self.all.wait().await;
            let workloads = PlaceWorkloads::nothing(self.source, scan.account_and_region());
            Ok(Scanned::of(Vec::new(), workloads))
        })
    }
}

#[tokio::test]
async fn the_sources_of_a_place_are_scanned_at_once() {
    const SOURCES: [Source; 3] = [Source::AppRunner, Source::Batch, Source::Codebuild];
    let all = Arc::new(Barrier::new(SOURCES.len()));
    let mut world = World::start(small()).await;
    world.sources = Sources::none();
    world.policy = policy("", KEEP_ONE);
    for source in SOURCES {
        let meeting = Meeting { source, all: all.clone() };
        world.sources = world.sources.with(Box::leak(Box::new(meeting)));
        let off = format!("    - {{ source: {source}, reason: \"not used\" }}\n");
        world.policy = world.policy.replace(&off, "");
    }
    timeout(Duration::from_mins(1), world.dry_run("r1")).await.unwrap();
    for source in SOURCES {
        assert_eq!(row(&world, "r1", source).await.status, CoverageStatus::Complete);
    }
}

/// The small organization, seen by one more source.
async fn world(services: Option<&'static [&'static str]>) -> World {
    let mut world = World::start(small()).await;
    // The line.
    let sources = Sources::built().with(Box::leak(Box::new(Inspector { found: services })));
    world.sources = sources;
    let off = format!("    - {{ source: {}, reason: \"not used\" }}\n", Source::Inspector);
    world.policy = policy("", KEEP_ONE).replace(&off, "");
    world
}

async fn row(world: &World, run: &str, source: Source) -> CoverageRow {
    let run = world.run(run);
    let usage = run.read(&keys::usage(&run.id, Stage::Plan, &place().into())).await.unwrap();
    let rows: Vec<_> = usage.coverage.into_iter().filter(|row| row.source == source).collect();
    let [row] = rows.try_into().unwrap();
    row
}

#[tokio::test]
async fn what_an_added_source_names_is_kept_and_its_place_is_covered() {
    let world = world(Some(&["v1"])).await;
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(row(&world, "r1", Source::Inspector).await.status, CoverageStatus::Complete);
    let plan = world.plan("r1", Stage::Plan, "dev/app").await.plan;
    let reasons = plan.keep.iter().flat_map(|kept| &kept.reasons);
    let codes: BTreeSet<String> = reasons.map(|it| it.code.text().into_owned()).collect();
    assert!(codes.contains("used-by-inspector-finding"), "{codes:?}");
}

#[tokio::test]
async fn an_added_source_that_cannot_be_read_is_a_gap() {
    let world = world(None).await;
    let summary = world.dry_run("r1").await;
    assert_eq!(summary.ending, Ending::Incomplete);
    let row = row(&world, "r1", Source::Inspector).await;
    assert_eq!(row.status, CoverageStatus::Failed);
    let reason = "arn:aws:inspector2:finding/web: its image is not told";
    assert_eq!(row.reason.as_deref(), Some(reason));
    assert_eq!(summary.gaps()[0].source, Source::Inspector);
    assert_eq!(summary.repositories[0].blocked[0].code, BlockCode::IncompleteUsage);
}

#[tokio::test]
async fn what_an_added_source_names_is_recorded() {
    let world = world(Some(&["v1"])).await;
    let snapshot = record(&world.environment(), RecordRequest::default()).await.unwrap();
    let recorded = snapshot.usage.iter().filter(|it| it.kind.source() == Source::Inspector);
    assert_eq!(
        recorded.map(|it| &*it.reference).collect::<Vec<_>>(),
        [format!("{HOST}/dev/app:v1")]
    );
    let covered = |row: &&CoverageRow| row.source == Source::Inspector;
    let row = snapshot.coverage.except.iter().find(covered).unwrap();
    assert_eq!(row.status, CoverageStatus::Complete);
    let written = ecr_sweep_protocol::snapshot::write(&snapshot).unwrap();
    let again = ecr_sweep_protocol::snapshot::read("written", &written).unwrap();
    assert_eq!(ecr_sweep_protocol::snapshot::write(&again).unwrap(), written);
}

#[tokio::test]
async fn the_calls_of_an_added_source_are_known() {
    let world = world(Some(&[])).await;
    let actions: Vec<&str> = world
        .sources
        .iter()
        .flat_map(UsageSource::permissions)
        .flat_map(Permission::actions)
        .collect();
    assert!(actions.contains(&"inspector2:ListFindings"), "{actions:?}");
    assert_eq!(world.sources.iter().count(), Sources::built().iter().count());
}

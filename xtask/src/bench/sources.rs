//! Scanning what uses images: a whole organization in which there is hardly anything, and one account
//! with much in it at the rates that AWS publishes.

use std::time::Duration;

use ecr_sweep_aws_sim::{REGIONS_BY_DEFAULT, Rate};
use ecr_sweep_core::{Account, Place, Region, Source};
use ecr_sweep_protocol::Snapshot;
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Workloads};
use jiff::Timestamp;
use miette::IntoDiagnostic;

use super::setting::{Measured, Setting, Store, folder};
use super::simulated::{BUCKET_LATENCY, Pace};
use super::{organization, row, workloads};

const LATENCY: Duration = Duration::from_millis(25);

const ACCOUNTS: u64 = 300;

const FILE: &str = "sources.yaml";

const WHOLE: &str = "\
schema_version: 1
scope:
  registries: { accounts: [\"111122223333\"], regions: [eu-west-1] }
  consumers: organization
  role: EcrSweepRead
repositories:
  - keep: { newest: 5 }
";

const ONE: &str = "\
schema_version: 1
scope:
  registries: { accounts: [\"111122223333\"], regions: [eu-west-1] }
  consumers: { regions: [eu-west-1] }
repositories:
  - keep: { newest: 5 }
";

/// What runs in the account: 1,000 families of 5 revisions, 20,000 versions besides `$LATEST`.
const MUCH: workloads::Size = workloads::Size { services: 1_000, functions: 4_000, tasks: 5 };

/// Sustained and at once. Of the categories of ECS, of which each has several operations, each
/// operation has what the category has. Lambda's other reads are 15 a second in total.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/request-throttling.html>
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const RATES: [&str; 12] = [
    "ecs:ListClusters=20/50",
    "ecs:DescribeClusters=20/50",
    "ecs:*Services=20/100",
    "ecs:ListDaemons=20/100",
    "ecs:*Tasks=20/100",
    "ecs:*TaskDefinition=20/50",
    "ecs:*TaskDefinitions=20/50",
    "ecs:*TaskDefinitionFamilies=20/50",
    "ecs:*Deployments=20/50",
    "ecs:*Revisions=20/50",
    "lambda:GetFunction=100",
    "lambda:*=15",
];

pub(crate) fn measure() -> miette::Result<()> {
    let calls = LATENCY.as_millis();
    println!(
        "\nScanning {ACCOUNTS} accounts x {} Regions, {calls} ms a call; nothing but 5 services and 3 \
         functions in one:",
        REGIONS_BY_DEFAULT.len()
    );
    row::heads();
    let pace = Pace { latency: LATENCY, bucket_latency: BUCKET_LATENCY, rates: &[] };
    let scanned = scan(&whole()?, pace, WHOLE, 1)?;
    let places = ACCOUNTS * REGIONS_BY_DEFAULT.len() as u64;
    let asked: u64 = scanned.asked.calls.values().sum();
    println!(
        "{:>34} {asked} calls, {:.1} for each of {places} places; {} sources",
        "",
        row::number(asked) / row::number(places),
        Source::ALL.len()
    );
    println!(
        "\nScanning one account: {} services and families of {} revisions, {} tasks, {} functions of as many \
         versions, at the published rates:",
        MUCH.services,
        workloads::REVISIONS,
        MUCH.services * 5,
        MUCH.functions
    );
    row::heads();
    let scanned = scan(&much()?, Pace { rates: &RATES, ..pace }, ONE, 2)?;
    let (functions, definitions) =
        (scanned.calls("lambda:GetFunction"), scanned.calls("ecs:DescribeTaskDefinition"));
    println!("{:>34} the last asked for {functions} functions, {definitions} definitions", "");
    Ok(())
}

/// Scans so many times over the same store; what the last took.
fn scan(snapshot: &Snapshot, pace: Pace<'_>, policy: &str, times: u32) -> miette::Result<Measured> {
    let setting = Setting::with(snapshot, pace, Store::Folder)?;
    std::fs::write(folder()?.join(FILE), policy).into_diagnostic()?;
    let scan = |name: &str| {
        let scanned =
            setting.sweep(&["scan", "--policy", FILE, "--format", "json", "-o", "usage.json"])?;
        row::print(name, &setting, &scanned);
        row::print_calls(&scanned);
        if let Some(seconds) = bound_of_rates(&scanned, pace.rates) {
            println!("{:>34} at the rates at least {seconds:.1} s", "");
        }
        Ok(scanned)
    };
    let first = scan("first");
    (1..times).fold(first, |before, _| before.and_then(|_| scan("again")))
}

/// How long the operation that takes longest takes at its rate, which the first names that names it, what
/// may be asked at once aside.
fn bound_of_rates(scanned: &Measured, rates: &[&str]) -> Option<f64> {
    let rates: Vec<Rate> = rates.iter().filter_map(|rate| rate.parse().ok()).collect();
    let seconds = |(operation, count): (&String, &u64)| {
        let rate = rates.iter().find(|rate| rate.operation.matches(operation))?;
        Some((row::number(*count) - rate.burst).max(0.0) / rate.per_second)
    };
    scanned.asked.calls.iter().filter_map(seconds).reduce(f64::max)
}

fn whole() -> miette::Result<Snapshot> {
    let mut snapshot = organization::of(Timestamp::now(), 3, 10, true, 0)?;
    workloads::add(&mut snapshot, workloads::Size { services: 5, functions: 3, tasks: 0 })?;
    let regions: Vec<Region> = REGIONS_BY_DEFAULT
        .iter()
        .map(|region| region.parse())
        .collect::<Result<_, _>>()
        .into_diagnostic()?;
    let used = std::mem::replace(&mut snapshot.workloads, Workloads::in_regions(regions.clone()));
    snapshot.workloads.extend(used.iter().cloned());
    let others = (1..ACCOUNTS).map(|n| format!("{:012}", 222_200_000_000 + n).parse());
    for account in others.collect::<Result<Vec<Account>, _>>().into_diagnostic()? {
        let places =
            regions.iter().map(|region| Place { account: account.clone(), region: region.clone() });
        snapshot.workloads.extend(places.map(|place| PlaceWorkloads::nothing(Source::Ecs, place)));
    }
    Ok(snapshot)
}

fn much() -> miette::Result<Snapshot> {
    let mut snapshot = organization::of(Timestamp::now(), 1_000, 20, true, 0)?;
    workloads::add(&mut snapshot, MUCH)?;
    Ok(snapshot)
}

//! A plan of a small account: what it takes is the calls that wait for one another.

use std::time::Duration;

use ecr_sweep_protocol::Snapshot;
use jiff::Timestamp;

use super::setting::{Setting, Store};
use super::simulated::Pace;
use super::{POLICY, organization, row, workloads};

const LATENCY: Duration = Duration::from_millis(25);

/// Who calls; the clusters; their services, listed and described; the deployments of these, the same;
/// their revisions. Everything else can be asked for meanwhile.
const CHAIN: u32 = 7;

pub(crate) fn measure() -> miette::Result<()> {
    println!(
        "\nPlanning a small account, 3 x 10 images, 5 services, 3 functions, at {} ms a call, beside \
         {CHAIN} calls one after the other:",
        LATENCY.as_millis()
    );
    row::heads();
    let mut snapshot = organization::of(Timestamp::now(), 3, 10, true, 0)?;
    workloads::add(&mut snapshot, workloads::Size { services: 5, functions: 3, tasks: 0 })?;
    for (store, name) in [(Store::Folder, "folder"), (Store::Bucket, "S3")] {
        let setting = Setting::of(&snapshot, LATENCY, store)?;
        for time in ["first", "again"] {
            let planned = setting.sweep(&["plan", "--policy", POLICY, "--format", "json"])?;
            row::print_chain(&format!("{time}, {name}"), &setting, &planned, CHAIN);
            row::print_calls(&planned);
        }
    }
    measure_depths(&snapshot)
}

/// How many calls wait for one another: those of one kind take long, all others no time at all. It is the
/// same on every machine, as long as nothing else takes long.
fn measure_depths(snapshot: &Snapshot) -> miette::Result<()> {
    const LONG: Duration = Duration::from_secs(1);
    println!("\nHow many calls of that plan wait for one another:");
    for (name, store, latency, bucket_latency) in [
        ("to AWS", Store::Folder, LONG, Duration::ZERO),
        ("to S3", Store::Bucket, Duration::ZERO, LONG),
    ] {
        let setting = Setting::with(snapshot, Pace { latency, bucket_latency, rates: &[] }, store)?;
        for time in ["first", "again"] {
            let planned = setting.sweep(&["plan", "--policy", POLICY, "--format", "json"])?;
            let depth = planned.taken.seconds / LONG.as_secs_f64();
            println!("{:>34} {depth:>8.1}", format!("{time}, {name}"));
        }
    }
    Ok(())
}

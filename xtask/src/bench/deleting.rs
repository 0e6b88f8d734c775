//! Sweeps that delete.

use std::time::Duration;

use ecr_sweep_protocol::Snapshot;
use jiff::Timestamp;

use super::setting::{Setting, Store};
use super::{POLICY, organization, planning, row};

/// A sweep: what it is called, of what, and where the documents are.
struct Sweep {
    name: &'static str,
    images: u32,
    latency: Duration,
    store: Store,
}

const SWEEPS: [Sweep; 4] = [
    Sweep {
        name: "1 x 5,000, 25 ms, folder",
        images: 5_000,
        latency: Duration::from_millis(25),
        store: Store::Folder,
    },
    Sweep {
        name: "1 x 5,000, 25 ms, S3",
        images: 5_000,
        latency: Duration::from_millis(25),
        store: Store::Bucket,
    },
    Sweep {
        name: "1 x 20,000, 25 ms, folder",
        images: 20_000,
        latency: Duration::from_millis(25),
        store: Store::Folder,
    },
    Sweep {
        name: "1 x 100,000, 1 ms, folder",
        images: 100_000,
        latency: Duration::from_millis(1),
        store: Store::Folder,
    },
];

pub(crate) fn measure() -> miette::Result<()> {
    println!("\nSweeps, from the scan to the last receipt; a call to S3 takes 20 ms:");
    row::heads();
    for Sweep { name, images, latency, store } in SWEEPS {
        sweep(name, &one_repository(images)?, latency, store)?;
    }
    sweep(
        "300 x 300, 25 ms, folder",
        &planning::snapshot()?,
        Duration::from_millis(25),
        Store::Folder,
    )
}

/// One repository, of which so many images are to go: all but the five newest, which are indexes with
/// two children each.
pub(crate) fn one_repository(to_go: u32) -> miette::Result<Snapshot> {
    organization::old(Timestamp::now(), to_go + 15)
}

fn sweep(name: &str, snapshot: &Snapshot, latency: Duration, store: Store) -> miette::Result<()> {
    let setting = Setting::of(snapshot, latency, store)?;
    let swept = setting.sweep(&["run", "--policy", POLICY, "--yes", "--format", "json"])?;
    row::print(name, &setting, &swept);
    row::print_calls(&swept);
    row::print_deletions(&setting, &swept)
}

//! Planning 300 repositories of 300 images, which services and functions use: for the first time, and
//! again with nothing changed.

use std::time::Duration;

use ecr_sweep_protocol::Snapshot;
use jiff::Timestamp;

use super::setting::{Setting, Store};
use super::{POLICY, organization, row, workloads};

const REPOSITORIES: u32 = 300;
const IMAGES: u32 = 300;
const LATENCY: Duration = Duration::from_millis(25);

pub(crate) fn measure() -> miette::Result<()> {
    println!("\nPlanning {REPOSITORIES} x {IMAGES} images at {} ms a call:", LATENCY.as_millis());
    row::heads();
    for (store, name) in [(Store::Folder, "folder"), (Store::Bucket, "S3")] {
        let setting = Setting::of(&snapshot()?, LATENCY, store)?;
        for time in ["first", "again"] {
            let planned = setting.sweep(&["plan", "--policy", POLICY, "--format", "json"])?;
            row::print(&format!("{time}, {name}"), &setting, &planned);
            row::print_calls(&planned);
        }
    }
    Ok(())
}

/// The organization that is planned, a third of its images indexes.
pub(crate) fn snapshot() -> miette::Result<Snapshot> {
    let mut snapshot = organization::of(Timestamp::now(), REPOSITORIES, IMAGES, true, 0)?;
    workloads::add(&mut snapshot, workloads::Size { services: 200, functions: 50, tasks: 0 })?;
    Ok(snapshot)
}

//! `cargo xtask e2e`: ecr-sweep as it is deployed, from end to end on this machine.

use crate::run::{cargo, run};

/// The binaries first: the test deploys those of the same build.
pub(crate) fn e2e(filter: Option<&str>) -> miette::Result<()> {
    run(&mut cargo(["build", "--workspace", "--all-targets", "--locked"]), 0)?;
    let mut test = cargo(["test", "--workspace", "--locked", "--test", "e2e", "--"]);
    run(test.arg("--nocapture").args(filter), 0)
}

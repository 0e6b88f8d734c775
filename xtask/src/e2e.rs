//! `cargo xtask e2e`: ecr-sweep as it is deployed, from end to end on this machine.

use crate::run::{cargo, run};

/// The test deploys the binaries of the same build: `cargo xtask` has made it.
pub(crate) fn e2e(filter: Option<&str>) -> miette::Result<()> {
    let mut test = cargo(["test", "--workspace", "--locked", "--test", "e2e", "--"]);
    run(test.arg("--nocapture").args(filter), 0)
}

//! `cargo xtask mutants`: whether the tests notice when the decision is changed.
//!
//! `docs/mutants.md` tells what came of it, and why the survivors may live.

use std::process::Command;

use miette::{IntoDiagnostic, miette};

use crate::run::{root, target};
use crate::tools::installed;

/// The version of cargo-mutants that is run.
const VERSION: &str = "27.1.0";

/// Random cases of each property, for each mutant: there are hundreds of mutants.
const CASES: &str = "150";

/// Runs a shard of the mutants, such as `0/8`, or all of them, and lists those that survive.
pub(crate) fn mutants(shard: Option<&str>) -> miette::Result<()> {
    let mut command = Command::new(installed("cargo-mutants", VERSION)?);
    command.current_dir(root()).args(["mutants", "--package", "ecr-sweep-core", "--jobs", "1"]);
    command.arg("--output").arg(target("mutants")).env("ECR_SWEEP_CASES", CASES);
    if let Some(shard) = shard {
        command.args(["--sharding", "round-robin", "--shard", shard]);
    }
    match command.status().into_diagnostic()?.code() {
        // All were noticed, some survive, some never come to an end: these are figures.
        Some(0 | 2 | 3) => Ok(()),
        code => Err(miette!("cargo-mutants ended with {code:?}")),
    }
}

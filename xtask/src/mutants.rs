//! `cargo xtask mutants`: whether the tests notice when the decision is changed.
//!
//! `docs/mutants.md` tells what came of it, and why the survivors may live.

use std::path::PathBuf;

use miette::{IntoDiagnostic, miette};

use crate::run::{cargo, root, run, target};

/// The version of cargo-mutants that is run.
const VERSION: &str = "27.1.0";

/// Random cases of each property, for each mutant: there are hundreds of mutants.
const CASES: &str = "150";

/// Runs a shard of the mutants, such as `0/8`, or all of them, and lists those that survive.
pub(crate) fn mutants(shard: Option<&str>) -> miette::Result<()> {
    let tool = installed()?;
    let mut command = std::process::Command::new(tool);
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

/// cargo-mutants, from a folder of this project's own.
fn installed() -> miette::Result<PathBuf> {
    let folder = target("tools");
    let tool = folder.join("bin").join("cargo-mutants");
    if !tool.exists() {
        let mut install = cargo(["install", "--locked", "--version", VERSION, "cargo-mutants"]);
        run(install.arg("--root").arg(&folder), 0)?;
    }
    Ok(tool)
}

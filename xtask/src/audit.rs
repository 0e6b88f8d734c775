//! `cargo xtask audit`: whether something is known against a dependency, as of today. It is no part of
//! `test`: the same commit must not pass today and fail tomorrow. The release workflow runs it.

use std::process::Command;

use miette::{WrapErr, miette};

use crate::run::{root, run};
use crate::tools::installed;

/// The version of cargo-audit that is run.
const VERSION: &str = "0.22.2";

pub(crate) fn audit() -> miette::Result<()> {
    let mut crates = Command::new(installed("cargo-audit", VERSION)?);
    crates.current_dir(root()).args(["audit", "--deny", "warnings"]);
    let mut packages = Command::new("npm");
    packages.current_dir(root().join("infra")).args(["audit", "--omit", "dev"]);
    let mut failed = Vec::new();
    for (of, command) in [("Rust", &mut crates), ("npm", &mut packages)] {
        if let Err(error) = run(command, 0).wrap_err_with(|| format!("the dependencies of {of}")) {
            eprintln!("{error:?}");
            failed.push(of);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(miette!(
        "something is known, or could not be asked, of the dependencies of {}",
        failed.join(" and ")
    ))
}

//! `cargo xtask deny`: whether all that is built in may be: its licence, its source, its place.
//!
//! `deny.toml` says what may. Advisories are not asked for: they change from day to day, and the
//! same commit must not pass today and fail tomorrow.

use std::process::Command;

use miette::WrapErr;

use crate::run::{root, run};
use crate::tools::installed;

/// The version of cargo-deny that is run.
const VERSION: &str = "0.20.2";

pub(crate) fn deny() -> miette::Result<()> {
    let mut command = Command::new(installed("cargo-deny", VERSION)?);
    command.current_dir(root());
    command.args(["--workspace", "--locked", "check", "bans", "licenses", "sources"]);
    run(&mut command, 0).wrap_err("a dependency is not one that `deny.toml` allows")
}

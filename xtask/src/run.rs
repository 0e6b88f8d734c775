//! Running other programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use miette::{IntoDiagnostic, WrapErr, miette};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Cargo, the one that runs this, in the workspace's folder.
pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

/// Where cargo puts what it builds in a profile.
pub(crate) fn target(profile: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    target.join(profile)
}

/// A runtime for what is simulated in this process.
pub(crate) fn runtime() -> miette::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().into_diagnostic()
}

/// Runs a program to its end, and fails if its exit code is not `expected`.
pub(crate) fn run(command: &mut Command, expected: i32) -> miette::Result<()> {
    let shown = format!("{command:?}");
    let status =
        command.status().into_diagnostic().wrap_err_with(|| format!("cannot start {shown}"))?;
    if status.code() == Some(expected) {
        Ok(())
    } else {
        Err(miette!("{shown} ended with {status}, expected exit code {expected}"))
    }
}

//! cargo-lambda, cargo-zigbuild and zig, of pinned versions, in a virtual environment of their own.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use miette::{IntoDiagnostic, WrapErr};

use crate::run::{run, target};

/// zig links for any Linux on any machine.
const REQUIREMENTS: &str = "cargo-lambda==1.9.2\ncargo-zigbuild==0.24.1\nziglang==0.17.0\n";

/// Where the tools are.
pub(crate) struct Tools(PathBuf);

impl Tools {
    /// The tools first, then what else there is.
    pub(crate) fn path(&self) -> miette::Result<OsString> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.0.join("bin")).chain(std::env::split_paths(&path));
        std::env::join_paths(folders).into_diagnostic()
    }
}

/// Installs what is not there yet, with the standard libraries of these targets.
pub(crate) fn install(targets: &[&str]) -> miette::Result<Tools> {
    run(Command::new("rustup").args(["target", "add"]).args(targets), 0)
        .wrap_err_with(|| format!("no standard library of {}", targets.join(" and ")))?;
    let folder = target("package-tools");
    let done = folder.join("requirements.txt");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(Tools(folder));
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), 0)?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, REQUIREMENTS).into_diagnostic()?;
    let mut install = Command::new(folder.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    run(install.arg(&wanted), 0)?;
    fs::rename(&wanted, &done).into_diagnostic()?;
    Ok(Tools(folder))
}

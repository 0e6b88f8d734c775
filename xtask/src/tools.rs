//! Cargo's plugins of pinned versions, in folders of this project's own.

use std::path::PathBuf;

use miette::WrapErr;

use crate::run::{cargo, run, target};

/// The program of a plugin, such as `cargo-deny`; builds it when it is not there yet.
pub(crate) fn installed(name: &str, version: &str) -> miette::Result<PathBuf> {
    let folder = target("tools").join(format!("{name}-{version}"));
    let tool = folder.join("bin").join(name);
    if !tool.exists() {
        let mut install = cargo(["install", "--quiet", "--locked", "--version", version, name]);
        run(install.arg("--root").arg(&folder), 0)
            .wrap_err_with(|| format!("{name} {version} cannot be installed"))?;
    }
    Ok(tool)
}

//! The functions' binaries, laid out as the app's assets.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::LocalError;
use crate::run::run;

/// The functions, as their binaries and folders are called.
pub const FUNCTIONS: [&str; 5] =
    ["list-repos", "scan-usage", "plan-repo", "delete-batch", "notify"];

/// Copies each function's binary to `<to>/<name>/bootstrap`, without its symbols if there is a
/// `strip`: they are most of it, and all of it is zipped. One that has not changed is left alone.
/// Says whether any was new.
pub(crate) fn lay_out(binaries: &Path, to: &Path) -> Result<bool, LocalError> {
    let mut is_any_new = false;
    for name in FUNCTIONS {
        let binary = binaries.join(name);
        if !binary.is_file() {
            return Err(LocalError::NotBuilt { path: binary });
        }
        let folder = to.join(name);
        let bootstrap = folder.join("bootstrap");
        if is_newer(&bootstrap, &binary) {
            continue;
        }
        fs::create_dir_all(&folder).map_err(LocalError::file("make", &folder))?;
        // Whoever reads it meanwhile reads the old one to its end.
        let new = folder.with_extension("new");
        let mut strip = Command::new("strip");
        match run(strip.arg("-o").arg(&new).arg(&binary)) {
            Err(LocalError::Start { .. }) => {
                fs::copy(&binary, &new).map_err(LocalError::file("copy", &binary))?;
            }
            stripped => stripped?,
        }
        fs::rename(&new, &bootstrap).map_err(LocalError::file("write", &bootstrap))?;
        is_any_new = true;
    }
    Ok(is_any_new)
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let changed = |path| fs::metadata(path).and_then(|it| it.modified()).ok();
    changed(file).is_some_and(|at| changed(than).is_some_and(|than| at > than))
}

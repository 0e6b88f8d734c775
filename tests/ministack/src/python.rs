//! The virtual environments that MiniStack and the AWS CLI run in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::LocalError;
use crate::run::run;

/// The interpreter of the virtual environment that has MiniStack.
pub(crate) fn environment(cache: &Path) -> Result<PathBuf, LocalError> {
    made(cache, "ministack", include_str!("../requirements.txt"))
}

/// The AWS CLI, in a virtual environment of its own, made where it is not there yet. `cache` is a folder
/// under `target`, where it is kept.
pub fn aws_cli(cache: &Path) -> Result<PathBuf, LocalError> {
    Ok(made(cache, "aws-cli", include_str!("../aws-cli.txt"))?.with_file_name("aws"))
}

/// The interpreter of a virtual environment, made where it is not there yet.
fn made(cache: &Path, name: &str, requirements: &str) -> Result<PathBuf, LocalError> {
    let folder = cache.join(name);
    let python = folder.join("bin/python");
    let done = folder.join("requirements.txt");
    fs::create_dir_all(cache).map_err(LocalError::file("make", cache))?;
    // Whoever comes second waits for it, instead of making it again.
    let path = folder.with_extension("lock");
    let lock = File::create(&path).map_err(LocalError::file("make", &path))?;
    lock.lock().map_err(LocalError::file("lock", &path))?;
    if fs::read_to_string(&done).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, requirements).map_err(LocalError::file("write", &wanted))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"])
        .arg(&wanted))?;
    fs::rename(&wanted, &done).map_err(LocalError::file("write", &done))?;
    Ok(python)
}

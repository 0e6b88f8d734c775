//! The virtual environment that MiniStack runs in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::LocalError;
use crate::run::run;

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// The interpreter of the virtual environment, made where it is not there yet.
pub(crate) fn environment(cache: &Path) -> Result<PathBuf, LocalError> {
    let folder = cache.join("ministack");
    let python = folder.join("bin/python");
    let done = folder.join("requirements.txt");
    fs::create_dir_all(cache).map_err(LocalError::file("make", cache))?;
    // Whoever comes second waits for it, instead of making it again.
    let path = folder.with_extension("lock");
    let lock = File::create(&path).map_err(LocalError::file("make", &path))?;
    lock.lock().map_err(LocalError::file("lock", &path))?;
    if fs::read_to_string(&done).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, REQUIREMENTS).map_err(LocalError::file("write", &wanted))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"])
        .arg(&wanted))?;
    fs::rename(&wanted, &done).map_err(LocalError::file("write", &done))?;
    Ok(python)
}

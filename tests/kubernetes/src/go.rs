//! Go: the machine's own, or one of Python's packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// The oldest Go that builds the program: that of go.mod.
const LEAST: (u32, u32) = (1, 26);

/// The command, installed where it is not there yet.
pub(crate) fn command(cache: &Path) -> PathBuf {
    if has_own() { "go".into() } else { installed(&cache.join("go")) }
}

fn has_own() -> bool {
    let version =
        Command::new("go").args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local").output();
    version.is_ok_and(|said| is_new_enough(&String::from_utf8_lossy(&said.stdout)) == Some(true))
}

/// Of a version such as `go1.26.6`.
fn is_new_enough(version: &str) -> Option<bool> {
    let (major, minor) = version.trim().strip_prefix("go")?.split_once('.')?;
    let minor = minor.split(|it: char| !it.is_ascii_digit()).next()?;
    Some((major.parse().ok()?, minor.parse().ok()?) >= LEAST)
}

fn installed(folder: &Path) -> PathBuf {
    let done = folder.join("requirements.txt");
    let go = folder.join("bin/go");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == REQUIREMENTS) {
        return go;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder));
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, REQUIREMENTS).expect("the environment can be written to");
    run(Command::new(folder.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&wanted));
    fs::rename(wanted, done).expect("the environment can be written to");
    go
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?} ended with {status}");
}

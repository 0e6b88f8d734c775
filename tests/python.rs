//! Virtual environments of Python. The tests of several crates include this.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

/// The interpreter of a virtual environment that has what is required, made where it is not there
/// yet.
pub(crate) fn environment(name: &str, requirements: &str) -> Command {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let python = folder.join("bin/python");
    let done = folder.join("requirements.txt");
    // Whoever comes second waits for it, instead of making it again.
    let lock = File::create(folder.with_extension("lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == requirements) {
        return Command::new(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, requirements).expect("the environment can be written to");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&wanted));
    fs::rename(wanted, done).expect("the environment can be written to");
    Command::new(python)
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?} ended with {status}");
}

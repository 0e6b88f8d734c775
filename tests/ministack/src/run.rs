//! Running other programs to their end.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use crate::LocalError;

/// The only variable that programs are given of this process's environment.
pub(crate) fn path() -> (&'static str, OsString) {
    ("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()))
}

/// Runs a program to its end, and gives what it said if it failed.
pub(crate) fn run(command: &mut Command) -> Result<(), LocalError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| LocalError::Start { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(LocalError::Failed {
        command: shown(command),
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&said).into_owned(),
    })
}

/// The program and its arguments, without its environment.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

//! The Python scripts beside this file.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::server::Moto;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moto")
}

/// Runs a script against the server, and reads the JSON that it prints.
pub(crate) fn script(moto: &Moto, name: &str, arguments: &[&str]) -> Value {
    let mut command = moto.python();
    command.arg(folder().join(name)).arg(moto.endpoint()).args(arguments);
    let output = command.output().expect("the script starts");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {problem}");
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

//! The command as a child process, cut off from the accounts and settings of whoever runs the tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What keeps a child from finding credentials, Regions and endpoints.
pub const SCRUBBED: [(&str, &str); 4] = [
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
];

/// What a child did.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// `ecr-sweep` with these arguments, in this folder.
pub fn ecr_sweep(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecr-sweep"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).env_clear().envs(SCRUBBED);
    command
}

/// Runs a child to its end.
pub fn ended(mut command: Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The files of one of the stories.
pub fn story(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories").join(format!("{name}.in"))
}

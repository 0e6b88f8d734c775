//! What goes wrong before anything is deployed.

use std::io;
use std::path::PathBuf;

use crate::NotLoopback;

/// Why there is no local deployment.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// An endpoint is not of this machine.
    #[error(transparent)]
    Endpoint(#[from] NotLoopback),
    /// A file or folder.
    #[error("cannot {act} {}", path.display())]
    File {
        /// What was to be done.
        act: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
    /// A program is not there, or cannot be started.
    #[error("cannot start `{program}`: is it installed?")]
    Start {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// A program failed.
    #[error("`{command}` ended with {status}:\n{output}")]
    Failed {
        /// The program and its arguments.
        command: String,
        /// How it ended.
        status: String,
        /// What it said.
        output: String,
    },
    /// A function's binary is not built.
    #[error("there is no {}; next: cargo build --workspace --all-targets", path.display())]
    NotBuilt {
        /// Where it should be.
        path: PathBuf,
    },
    /// MiniStack did not come up.
    #[error("MiniStack does not answer at {endpoint}:\n{log}")]
    Silent {
        /// Where.
        endpoint: String,
        /// The end of what it wrote.
        log: String,
    },
    /// The CDK CLI wrote outputs that cannot be read.
    #[error("the outputs in {} cannot be read", path.display())]
    Outputs {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// A stack has no such output.
    #[error("the stack `{stack}` has no output `{name}`; it has: {have}")]
    NoOutput {
        /// The stack.
        stack: String,
        /// The output.
        name: String,
        /// Those that it has.
        have: String,
    },
}

impl LocalError {
    /// For `map_err`: what was to be done with which file or folder.
    pub(crate) fn file(
        act: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { act, path, source }
    }
}

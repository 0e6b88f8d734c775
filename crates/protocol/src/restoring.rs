//! The document that `ecr-sweep restore --format json` prints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ExitCode;
use crate::documents::{Restored, RunId, V1};

/// What came back of what a run had deleted or archived, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restoration {
    /// The version of this format.
    pub schema_version: V1,
    /// The run that deleted or archived.
    pub run: RunId,
    /// Whether nothing was to be put back.
    pub dry_run: bool,
    /// Whether somebody asked it to stop before the end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// The repositories in which images were to be put back, in the order of the run.
    pub repositories: Vec<Restored>,
}

impl Restoration {
    /// The exit code that says so.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let mut images = self.repositories.iter().flat_map(|it| &it.images);
        if self.interrupted {
            ExitCode::Interrupted
        } else if images.all(|image| image.outcome.is_good()) {
            ExitCode::Done
        } else {
            ExitCode::Incomplete
        }
    }
}

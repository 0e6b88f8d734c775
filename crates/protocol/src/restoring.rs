//! The document that `ecr-sweep restore --format json` prints.

use ecr_sweep_core::{Account, Region};
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
    /// Where the run has deleted or archived images of which no receipt is there: what these were cannot be
    /// told, so they do not come back. Absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_receipts: Vec<MissingReceipts>,
    /// The documents of the run that could not be read, sorted. What the others name comes back all the same.
    /// Absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableDocument>,
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
        } else if self.is_all_known() && images.all(|image| image.outcome.is_good()) {
            ExitCode::Done
        } else {
            ExitCode::Incomplete
        }
    }

    /// Whether everything could be read that says what the run has deleted or archived.
    #[must_use]
    pub const fn is_all_known(&self) -> bool {
        self.missing_receipts.is_empty() && self.unreadable.is_empty()
    }
}

/// Images of one repository that a run has deleted or archived by its summary, and of which no receipt is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingReceipts {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// How many.
    pub images: u64,
}

/// A document of the run store that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadableDocument {
    /// Where it is.
    pub address: Box<str>,
    /// What is wrong with it.
    pub problem: Box<str>,
}

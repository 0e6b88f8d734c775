//! What ended a command, for a program: as a document.

use ecr_sweep_core::wording::causes_after;
use ecr_sweep_policy::{PolicyError, PolicyErrors};
use ecr_sweep_protocol::documents::V1;
use ecr_sweep_protocol::{FailedCommand, FileProblem};

use crate::args::repeated;
use crate::diagnostics::{next_of_import, next_of_policy};
use crate::failure::{FailedAct, Failure};
use crate::render::counted;

impl Failure {
    /// What a program reads.
    pub fn document(&self) -> FailedCommand {
        let (what, outcome, errors, next) = match self {
            Self::Policy { errors, .. } => {
                ("policy", "nothing was called", errors, next_of_policy(errors).to_owned())
            }
            Self::Imported { tool, errors, .. } => {
                ("file", "no policy was written", errors, next_of_import(*tool))
            }
            Self::Other(act) => return act.document(),
        };
        let PolicyErrors { name, errors, untold } = errors;
        let untold = *untold as u64;
        let count = counted(errors.len() as u64 + untold, "error");
        let problem = |error: &PolicyError| FileProblem {
            file: name.as_str().into(),
            line: error.line as u64,
            column: error.column as u64,
            message: error.message.as_str().into(),
            expected: error.expected.as_str().into(),
            suggestion: error.suggestion.as_deref().map(Into::into),
        };
        FailedCommand {
            schema_version: V1,
            exit_code: self.exit_code().number(),
            error: format!("the {what} `{name}` has {count}; {outcome}").into(),
            because: Vec::new(),
            next: Some(next.into()),
            problems: errors.iter().map(problem).collect(),
            untold,
        }
    }
}

impl FailedAct {
    fn document(&self) -> FailedCommand {
        let causes = self.source.iter().flat_map(|it| causes_after(&self.message, &**it));
        FailedCommand {
            schema_version: V1,
            exit_code: self.exit_code.number(),
            error: self.message.as_str().into(),
            because: causes.map(|cause| cause.as_str().into()).collect(),
            next: self.next.as_deref().map(|next| repeated(next).into()),
            problems: Vec::new(),
            untold: 0,
        }
    }
}

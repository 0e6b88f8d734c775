//! What Step Functions and the five functions say to each other: keys and counts, never data.
//!
//! Every request names its `act`; unknown fields are refused, as a field that this version does
//! not know may be what keeps an image.

mod delete_batch;
mod input;
mod list_repos;
mod notify;
mod outcome;
mod plan_repo;
mod scan_usage;
mod sweep_state;

pub use delete_batch::{DeleteBatchCall, Finished};
pub use input::SweepInput;
pub use list_repos::ListReposCall;
pub use notify::NotifyCall;
pub use outcome::Outcome;
pub use plan_repo::PlanRepoCall;
pub use scan_usage::ScanUsageCall;
pub use sweep_state::{AtOnce, SweepState};

use serde::{Deserialize, Serialize};

use crate::Reported;

/// How far a function got before its time was up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progressed {
    /// Whether it is done. If not, it is called again with the cursor.
    pub done: bool,
    /// How often it has been called, and how much was left the last time: a call that gets no
    /// further than the one before it is the last.
    pub cursor: Option<Cursor>,
}

impl Progressed {
    /// Done.
    pub const DONE: Self = Self { done: true, cursor: None };
}

/// Where a function goes on that stopped before its time was up. What it has done is in the run
/// store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// How many calls there were before.
    pub calls: u32,
    /// How much they have done together, in the step's own unit.
    pub steps: u64,
}

/// What Step Functions says of a failure.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Caught {
    /// The error's name.
    pub error: Reported,
    /// What it says; of a function that failed, its error as JSON.
    #[serde(default)]
    pub cause: Box<str>,
}

impl Caught {
    /// What it says, in words: of a function that failed, the message alone.
    #[must_use]
    pub fn message(&self) -> Box<str> {
        /// What Lambda reports of a function that failed.
        #[derive(Deserialize)]
        struct FunctionError {
            #[serde(rename = "errorMessage")]
            message: Box<str>,
        }
        match serde_json::from_str(&self.cause) {
            Ok(FunctionError { message }) => message,
            Err(_) if self.cause.is_empty() => self.error.as_str().into(),
            Err(_) => self.cause.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_a_function_is_taken_out_of_its_cause() {
        let caught = Caught {
            error: "AccessDenied".into(),
            cause: r#"{"errorType":"AccessDenied","errorMessage":"ecs refuses"}"#.into(),
        };
        assert_eq!(&*caught.message(), "ecs refuses");
        let timeout = Caught { error: "States.Timeout".into(), cause: Box::default() };
        assert_eq!(&*timeout.message(), "States.Timeout");
        let crash = Caught { error: "Lambda.Unknown".into(), cause: "signal: killed".into() };
        assert_eq!(&*crash.message(), "signal: killed");
    }

    #[test]
    fn unknown_fields_of_a_request_are_refused() {
        let text = r#"{"act":"index","run":"r","stage":"plan","token":null}"#;
        assert!(serde_json::from_str::<ScanUsageCall>(text).is_ok());
        let text = r#"{"act":"index","run":"r","stage":"plan","token":null,"more":1}"#;
        assert!(serde_json::from_str::<ScanUsageCall>(text).is_err());
        assert!(serde_json::from_str::<SweepInput>(r#"{"dryrun":false}"#).is_err());
    }

    #[test]
    fn an_execution_is_a_dry_run_unless_it_says_otherwise() {
        let input: SweepInput = serde_json::from_str("{}").unwrap();
        assert!(input.dry_run);
        let input: SweepInput = serde_json::from_str(r#"{"dryRun":false}"#).unwrap();
        assert!(!input.dry_run);
    }
}

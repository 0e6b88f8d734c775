//! What crosses a boundary of ecr-sweep: the snapshot, stored documents, and the
//! JSON Schemas of them all.
//!
//! Documents embed core's own types; there are no mirrors. Every document carries its
//! `schema_version`, unknown fields are refused, and older versions are read for ever.

mod acts;
pub mod backtest;
mod checked;
pub mod diff;
pub mod doctor;
pub mod documents;
mod error_name;
mod exit_code;
mod explanation;
mod failed_command;
pub mod functions;
mod inspection;
pub mod manifest;
pub mod manifest_parts;
mod next_step;
pub mod notice;
pub mod plan;
mod pulls;
pub mod recheck;
pub mod report;
mod restoring;
pub mod runs;
pub mod schema;
pub mod snapshot;
pub mod usage_file;

pub use acts::{AskedToStop, PrunedVault, RecordedSnapshot, Unlocked, WrittenPolicy};
pub use backtest::Backtest;
pub use checked::{CheckedPolicy, InTheWay, LookedAt};
pub use diff::PolicyDiff;
pub use doctor::DoctorReport;
pub use error_name::{Consequence, ErrorName, Reported};
pub use exit_code::{Ending, ExitCode};
pub use explanation::{Explanation, RememberedUse};
pub use failed_command::{FailedCommand, FileProblem};
pub use inspection::{InspectionDocument, NotSeen};
pub use next_step::{BucketAccess, BucketGrant, NextStep, SecretProblem};
pub use plan::{Besides, PlanDocument};
pub use pulls::{PulledWhat, Puller, Pulls};
pub use restoring::{MissingReceipts, Restoration, UnreadableDocument};
pub use snapshot::Snapshot;
pub use usage_file::{ScannedSource, UsageFile, UsageFileContent};

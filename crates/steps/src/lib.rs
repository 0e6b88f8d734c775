//! The five steps of a sweep, and the driver that runs them in one process.
//!
//! A step reads documents, does its part, writes documents, and gives back keys and counts. It
//! knows nothing of Lambda or of a terminal: it is given a [`Run`], which was begun or opened in an
//! [`Environment`] of clients, run store, clock, and who watches. Each step is idempotent: the same request with the same facts gives the
//! same documents.
//!
//! The order of reading is that of a run: [`list_repos`], [`scan_usage`], [`index_usage`],
//! [`plan_repo`], [`limit_run`]; then the same from fresh evidence under a [`HeldLock`];
//! [`delete_batch`]; [`judge`]. [`dry_run`] and [`sweep`] drive them.
//!
//! `run` has what every step has, `steps` the steps, `drive` what runs them in one process,
//! `functions` what the deployed functions do with a call, `history` reads runs that are over, and
//! `doctor` tells whether one would go well.

mod doctor;
mod drive;
mod error;
pub mod functions;
mod history;
mod run;
mod steps;
mod stored_manifests;
mod vault;

pub use doctor::{DoctorAsks, DoctorDeployment, DoctorRequest, deployed_store, examine, foresee};
pub use drive::{
    DeletedImages, FoundDeletions, PlannedRepository, Pruned, RecordRequest, RecordedForTwo,
    ScannedUsage, dry_run, find_deleted, names_and_tags, plan_one, prune_vault, recheck_planned,
    record, record_for_two, restorable, restore, scan, sweep, sweep_planned, who_pulled,
};
pub use error::StepError;
pub use history::{
    Position, backtest, explain_stored, find_run, gather_report, list_runs, position, read_recheck,
    read_run,
};
pub use run::{
    Attempt, Clock, Environment, HeldLock, Phase, Progress, Purpose, Reading, Run, RunOptions,
    StopMeets, SystemClock, Unwatched, ask_to_stop, find_attempt, find_document, find_receipts,
    take_lock_away, unlock,
};
pub use steps::{
    Deletion, JudgeRequest, ListedItems, RegistryItems, SharedEvidence, Stopped, delete_batch,
    index_usage, judge, limit_run, list_repos, plan_repo, scan_failed, scan_usage, summarize,
};

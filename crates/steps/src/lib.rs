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

mod attempt;
mod clock;
mod compare;
mod computing;
mod delete_batch;
mod documents;
mod driver;
mod environment;
mod error;
pub mod functions;
mod index_usage;
mod items;
mod judge;
mod list_repos;
mod lock;
mod plan_one;
mod plan_repo;
mod progress;
mod reads;
mod record;
mod registry_settings;
mod repository_tags;
mod reviewed;
mod rounds;
mod run;
mod run_limits;
mod runs;
mod scan_usage;
mod summary_table;

pub use attempt::{Attempt, find_attempt};
pub use clock::{Clock, SystemClock};
pub use compare::{RecordedForTwo, record_for_two};
pub use delete_batch::{Deletion, delete_batch};
pub use documents::find_document;
pub use driver::{dry_run, recheck_planned, sweep, sweep_planned};
pub use environment::{Environment, Reading};
pub use error::StepError;
pub use index_usage::index_usage;
pub use judge::{JudgeRequest, Stopped, judge};
pub use list_repos::{ListedItems, list_repos};
pub use lock::HeldLock;
pub use plan_one::{PlannedRepository, plan_one};
pub use plan_repo::{SharedEvidence, plan_repo};
pub use progress::{Phase, Progress, Unwatched};
pub use record::{RecordRequest, record};
pub use repository_tags::names_and_tags;
pub use run::{Purpose, Run, RunOptions};
pub use run_limits::limit_run;
pub use runs::{Position, explain_stored, find_run, list_runs, position, read_recheck, read_run};
pub use scan_usage::{scan_failed, scan_usage};

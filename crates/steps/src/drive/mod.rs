//! What drives the steps in one process, in their order, or some of them without a run.

mod check;
mod compare;
mod dry_run;
mod explain;
mod prune_vault;
mod pulls;
mod recheck;
mod restore;
mod scan;
mod snapshot;
mod stopped;
mod sweep;

pub use check::names_and_tags;
pub use compare::{RecordedForTwo, record_for_two};
pub use dry_run::dry_run;
pub use explain::{PlannedRepository, plan_one};
pub use prune_vault::{Pruned, prune_vault};
pub use pulls::who_pulled;
pub use recheck::recheck_planned;
pub use restore::{DeletedImages, FoundDeletions, find_deleted, restorable, restore};
pub use scan::{ScannedUsage, scan};
pub use snapshot::{RecordRequest, record};
pub(crate) use stopped::end_unplanned;
pub use sweep::{sweep, sweep_planned};

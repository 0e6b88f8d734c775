//! The five functions without Lambda: what each does with a call.
//!
//! A function is asked by the state machine, sees to one thing, and answers with keys and counts.
//! What it shares with the [driver](crate::dry_run) are the steps: the documents are the same.

mod delete_batch;
mod host;
mod list_repos;
mod message;
mod notify;
mod places;
mod plan_repo;
mod progress;
mod scan_usage;
mod settings;
mod telling;

pub use delete_batch::delete_batch;
pub use host::Host;
pub use list_repos::list_repos;
pub use notify::{NotifyAnswer, notify, notify_by};
pub use plan_repo::plan_repo;
pub use scan_usage::scan_usage;
pub use settings::{Approval, DeleteBatchSettings, ListReposSettings, NotASetting, NotifySettings};
pub use telling::notices;

//! The five steps. Each reads documents, does its part, writes documents, and gives back keys and
//! counts.

pub(crate) mod delete_batch;
mod index_usage;
pub(crate) mod items;
mod judge;
pub(crate) mod known_registries;
mod limit_run;
pub(crate) mod list_repos;
pub(crate) mod plan_repo;
mod probe_source;
pub(crate) mod reads;
pub(crate) mod refuse_off;
pub(crate) mod registry_settings;
pub(crate) mod remedies;
mod report;
pub(crate) mod reviewed;
pub(crate) mod rounds;
mod scan_clusters;
pub(crate) mod scan_usage;
pub(crate) mod settle;
pub(crate) mod settle_asked;
mod summary_table;
pub(crate) mod usage_files;

pub use delete_batch::{Deletion, delete_batch};
pub use index_usage::index_usage;
pub(crate) use index_usage::{Indexed, index, index_usage_after};
pub use items::RegistryItems;
pub use judge::{JudgeRequest, Stopped, judge, summarize};
pub(crate) use limit_run::limit_listed;
pub use limit_run::limit_run;
pub use list_repos::{ListedItems, list_repos};
pub use plan_repo::{SharedEvidence, plan_repo};
pub use scan_usage::{scan_failed, scan_usage};

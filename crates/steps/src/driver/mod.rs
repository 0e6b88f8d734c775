//! The driver: the five steps in order, in one process.

mod delete;
mod plan;
mod recheck;

pub use delete::{sweep, sweep_planned};
pub use plan::dry_run;
pub(crate) use plan::see;
pub use recheck::recheck_planned;

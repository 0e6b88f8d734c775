//! The driver: the five steps in order, in one process.

mod delete;
mod plan;
mod recheck;

pub use delete::{sweep, sweep_planned};
pub use plan::dry_run;
pub(crate) use plan::see;
pub use recheck::recheck_planned;

/// What a run is to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Where the policy comes from, for its errors.
    pub policy_name: String,
    /// The policy's text.
    pub policy: String,
    /// Patterns over the names of the repositories to plan; all that the policy takes, if empty.
    pub repositories: Vec<Box<str>>,
}

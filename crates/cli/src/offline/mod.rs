//! Planning from a snapshot's file, one repository at a time: neither the file nor its plans have
//! to fit into memory.

mod held;
mod side_by_side;
mod snapshot;
mod spool;
mod text;

pub use held::{Detail, HeldPlans};
pub use snapshot::OpenSnapshot;
pub use spool::Spool;
pub use text::Text;

use std::io;

use ecr_sweep_protocol::snapshot::NotRead;

/// What ends the planning.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// The snapshot is not good, or could not be read.
    #[error(transparent)]
    Snapshot(#[from] NotRead),
    /// The plans could not be kept aside until the last is made.
    #[error("cannot keep the plans aside in `{}`", std::env::temp_dir().display())]
    Aside(#[from] io::Error),
}

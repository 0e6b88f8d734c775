//! The runs of a store, as those see them who come later or only watch. Nothing is written here.

mod explain;
mod list;
mod name;
mod position;
mod recheck;
mod state;

pub use explain::explain_stored;
pub use list::list_runs;
pub use name::find_run;
pub use position::{Position, position};
pub(crate) use recheck::compare_plans;
pub use recheck::read_recheck;
pub use state::read_run;

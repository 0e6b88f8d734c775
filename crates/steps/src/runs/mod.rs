//! The runs of a store, as those see them who come later or only watch. Nothing is written here.

mod list;
mod name;
mod position;
mod state;

pub use list::list_runs;
pub use name::find_run;
pub use position::{Position, position};
pub use state::read_run;

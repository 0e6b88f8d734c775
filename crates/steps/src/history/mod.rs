//! The runs of a store, as those see them who come later or only watch. Nothing is written here.

mod backtest;
mod before;
mod explain;
mod find;
mod list;
mod position;
mod read;
mod recheck;
mod report;
mod requests;

pub use backtest::backtest;
pub(crate) use before::run_before;
pub use explain::explain_stored;
pub use find::find_run;
pub use list::list_runs;
pub use position::{Position, position};
pub use read::read_run;
pub(crate) use recheck::compare_all_plans;
pub use recheck::read_recheck;
pub use report::gather_report;

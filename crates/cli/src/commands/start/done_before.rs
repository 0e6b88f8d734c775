//! A stored plan that was deleted to its end: nothing of it is left to do.

use ecr_sweep_protocol::Ending;
use ecr_sweep_protocol::documents::RunSummary;

use crate::args::Format;
use crate::failure::Failure;
use crate::render;
use crate::render::summary::NothingLeft;

/// The summary of a run that has deleted all that its plan deletes. What was put back since is no part of a plan that
/// is over: nobody deletes it twice.
pub fn done_before(summary: Option<RunSummary>) -> Option<RunSummary> {
    summary.filter(|it| !it.dry_run && it.ending == Ending::Done && !it.deletes_nothing())
}

/// Shows how it ended then.
pub fn show(summary: &RunSummary, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => render::json::write(summary)?,
        Format::Table => render::print(&NothingLeft(&render::plain::document(summary.clone())))?,
    }
    Ok(())
}

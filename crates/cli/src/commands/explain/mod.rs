//! `ecr-sweep explain`: why one image stays or goes.

mod from_account;
mod from_run;
mod from_snapshot;

use ecr_sweep_protocol::ExitCode;

use crate::args::{ExplainArguments, Format};
use crate::failure::Failure;
use crate::render;

/// Explains, offline or live.
pub fn run(arguments: &ExplainArguments) -> Result<ExitCode, Failure> {
    if let Some(run) = &arguments.run {
        let explanation = from_run::explain(arguments, run)?;
        match arguments.form.format {
            Format::Json => render::json::write(&explanation)?,
            Format::Table => render::print(&render::explain::ExplainedByRun(
                &render::plain::document(explanation.clone()),
            ))?,
        }
        return Ok(ExitCode::Done);
    }
    let explanation = match &arguments.offline.snapshot {
        Some(snapshot) => from_snapshot::explain(arguments, snapshot)?,
        None => from_account::explain(arguments)?,
    };
    match arguments.form.format {
        Format::Json => render::json::write(&explanation)?,
        Format::Table => {
            let shown = render::plain::document(explanation.clone());
            render::print(&render::explain::Explained(&shown))?;
        }
    }
    let is_told = explanation.pulls.is_none_or(|pulls| pulls.not_read.is_empty());
    Ok(if is_told { ExitCode::Done } else { ExitCode::Incomplete })
}

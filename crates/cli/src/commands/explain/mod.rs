//! `ecr-sweep explain`: why one image stays or goes.

mod from_account;
mod from_run;
mod from_snapshot;

use ecr_sweep_protocol::ExitCode;

use crate::args::{ExplainArguments, Format};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::render;

/// Explains, offline or live.
pub fn run(arguments: &ExplainArguments) -> Result<Ended, Failure> {
    if let Some(run) = &arguments.run {
        let explanation = from_run::explain(arguments, run)?;
        match arguments.form.format {
            Format::Json => render::json::write(&explanation)?,
            Format::Table => render::print(&render::explain::ExplainedByRun(
                &render::plain::document(explanation.clone()),
            ))?,
        }
        return Ok(Ended::WELL);
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
    if explanation.pulls.is_none_or(|pulls| pulls.not_read.is_empty()) {
        return Ok(Ended::WELL);
    }
    let next = "let the caller read what stands under `Not read`, and ask again".to_owned();
    Ok(Ended::short(
        ExitCode::Incomplete,
        "not all events could be read, so somebody else may have pulled it, too",
        Next::Step(next),
    ))
}

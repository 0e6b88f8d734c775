//! `ecr-sweep man`: the manual, a page for each command.

use clap::CommandFactory as _;
use ecr_sweep_protocol::ExitCode;

use crate::args::{Arguments, ManArguments};
use crate::diagnostics;
use crate::ended::Ended;
use crate::failure::Failure;

/// Writes the pages.
pub fn run(arguments: &ManArguments) -> Result<Ended, Failure> {
    let folder = arguments.output.display();
    let written = std::fs::create_dir_all(&arguments.output)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), &arguments.output));
    written.map_err(|error| {
        Failure::new(ExitCode::Failed, format!("cannot write the manual to `{folder}`"))
            .because(error)
            .next("name a folder that can be written, with `-o FOLDER`")
    })?;
    diagnostics::note(&format!("the manual is in {folder}; `man -M` takes the folder above it"));
    Ok(Ended::WELL)
}

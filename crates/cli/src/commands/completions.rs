//! `ecr-sweep completions`: what a shell completes.

use clap::CommandFactory as _;

use crate::args::{Arguments, CompletionsArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render;

/// Prints a shell's completions.
pub fn run(arguments: &CompletionsArguments) -> Result<Ended, Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    render::while_somebody_reads(std::io::Write::write_all(
        &mut std::io::stdout().lock(),
        &script,
    ))?;
    Ok(Ended::WELL)
}

//! The commands: read what they were given, have the work done, show the result.

mod check;
mod diff;
mod explain;
mod live;
mod next_step;
mod plan;
mod run;
mod schema;
mod selection;
mod snapshot;
mod stored;

use ecr_sweep_protocol::ExitCode;

use crate::args::Command;
use crate::failure::Failure;

/// Runs one command.
pub fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Run(arguments) => run::run(arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Snapshot(arguments) => snapshot::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
    }
}

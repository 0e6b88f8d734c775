//! The commands: read what they were given, have the work done, show the result.

mod approve;
mod backtest;
mod check;
mod completions;
mod deployed;
mod diff;
mod doctor;
mod ending;
mod explain;
mod help;
mod import;
mod init;
mod inspect;
mod live;
mod man;
pub mod next_step;
mod open_store;
mod other_store;
mod plan;
mod priced;
mod recheck;
mod report;
mod restore;
mod review;
mod run;
mod runs;
mod scan;
mod schema;
mod selection;
mod show;
mod snapshot;
mod start;
mod stop;
mod stored;
mod unlock;
mod vault;
mod watch;

use crate::args::Command;
use crate::ended::Ended;
use crate::failure::Failure;

/// Runs one command.
pub fn run(command: Command) -> Result<Ended, Failure> {
    match command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Run(arguments) => run::run(arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Start(arguments) => start::run(arguments),
        Command::Approve(arguments) => approve::run(&arguments),
        Command::Reject(arguments) => approve::run(&arguments.into()),
        Command::Delete(arguments) => start::run(arguments.into()),
        Command::Stop(arguments) => stop::run(&arguments),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Restore(arguments) => restore::run(&arguments),
        Command::Unlock(arguments) => unlock::run(&arguments),
        Command::Vault(arguments) => vault::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Backtest(arguments) => backtest::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Snapshot(arguments) => snapshot::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Help(arguments) => help::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}

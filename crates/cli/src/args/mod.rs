//! The command line: every option, its environment variable and its default.

mod backtest;
mod check;
mod cluster;
mod diff;
mod doctor;
mod environment;
mod explain;
mod given;
mod help;
mod import;
mod init;
mod inputs;
mod inspect;
mod other_words;
mod output;
mod plan;
mod report;
mod restore;
mod run;
mod runs;
mod scan;
mod schema;
mod snapshot;
mod start;
mod vault;
mod wanted_form;

pub use backtest::BacktestArguments;
pub use check::CheckArguments;
pub use cluster::ClusterArguments;
pub use diff::DiffArguments;
pub use doctor::DoctorArguments;
pub use environment::parse;
pub use explain::ExplainArguments;
pub use given::{is_said, repeated};
pub use help::{CompletionsArguments, HelpArguments, ManArguments};
pub use import::ImportArguments;
pub use init::InitArguments;
pub use inputs::{
    LiveArguments, OfflineArguments, PolicyArguments, PriceArguments, SelectionArguments,
    SizeArguments, StateMachineArguments,
};
pub use inspect::InspectArguments;
pub use output::{DetailArguments, FormArguments, Format, LogFormat, OutputArguments};
pub use plan::PlanArguments;
pub use report::{ReportArguments, ReportFormat};
pub use restore::RestoreArguments;
pub use run::RunArguments;
pub use runs::{RunsArguments, ShowArguments, StopArguments, UnlockArguments, WatchArguments};
pub use scan::{ScanArguments, ScanFormat};
pub use schema::SchemaArguments;
pub use snapshot::SnapshotArguments;
pub use start::{
    ApproveArguments, DeleteArguments, HandlingArguments, RejectArguments, StartArguments,
};
pub use vault::{VaultAct, VaultArguments};
pub use wanted_form::wants_json;

use std::sync::LazyLock;

use clap::{Parser, Subcommand};

use crate::render::styles;

const EXAMPLES: &str = "\
Examples:
  ecr-sweep init                                             a first policy, from what is there
  ecr-sweep plan --snapshot org.json --policy policy.yaml    plan offline, from a file
  ecr-sweep plan --policy policy.yaml                        plan the account of the credentials
  ecr-sweep explain dev/app:v1 --policy policy.yaml          why an image stays or goes
  ecr-sweep run --policy policy.yaml                         plan, ask, check again, delete
  ecr-sweep check policy.yaml                                what is wrong with it, or what it does
  ecr-sweep inspect --policy policy.yaml                     what is broken already, and in use
  ecr-sweep show latest                                      the newest run, and what it planned
  ecr-sweep help in-grace                                    what a code means, and what to do

Every option has an environment variable: ECR_SWEEP_POLICY for --policy, and so on.

Exit codes:
  0 done · 1 unexpected error · 2 invalid input · 3 plan with something blocked or not seen
  4 nothing deleted, usage incomplete · 5 deleted, but not everything · 6 refused · 130 interrupted
  `ecr-sweep help exit-codes` tells what each means for each command";

/// The version, and the commit that it was built from, where whoever built it said so: what is released
/// has one, and what is built from a clone need not.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let version = env!("CARGO_PKG_VERSION");
    match option_env!("ECR_SWEEP_COMMIT") {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    }
});

/// Finds the container images in Amazon ECR that nothing uses, and deletes exactly those.
#[derive(Debug, Parser)]
#[command(
    name = "ecr-sweep",
    version = VERSION.as_str(),
    after_help = EXAMPLES,
    styles = styles::HELP,
    max_term_width = 100,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Arguments {
    /// What all commands share.
    #[command(flatten)]
    pub output: OutputArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first policy from what an account has
    Init(InitArguments),
    /// Show what would be deleted, and delete nothing
    Plan(PlanArguments),
    /// Plan, ask, check again, and delete
    Run(RunArguments),
    /// Tell why one image stays or goes
    Explain(ExplainArguments),
    /// Start a run: deployed, or here from a stored plan
    Start(StartArguments),
    /// Say whether a deployed run that waits may delete its plan
    Approve(ApproveArguments),
    /// Say that a deployed run that waits may not delete its plan
    Reject(RejectArguments),
    /// Delete the plan that a run has stored, as far as it still holds
    Delete(DeleteArguments),
    /// Stop a run before its next batch, wherever it deletes
    Stop(StopArguments),
    /// Follow a run to its end
    Watch(WatchArguments),
    /// List the runs of a run store
    Runs(RunsArguments),
    /// Show what a run has stored
    Show(ShowArguments),
    /// Write what a run would delete, or has deleted, as pages or a table
    Report(ReportArguments),
    /// Put images back that a run has deleted
    Restore(RestoreArguments),
    /// Give back the lock of a run that ended without doing so
    Unlock(UnlockArguments),
    /// Look after what is kept so that it can come back
    Vault(VaultArguments),
    /// Tell what is wrong with a policy, or what it does
    Check(CheckArguments),
    /// Write a policy from what another cleaner was told
    Import(ImportArguments),
    /// Tell which verdicts change from one policy to another
    Diff(DiffArguments),
    /// Tell what a policy would have deleted, and what of it somebody needed later
    Backtest(BacktestArguments),
    /// Tell what is broken already, and what uses it
    Inspect(InspectArguments),
    /// Tell whether a run would go well, and what mends what is in its way
    Doctor(DoctorArguments),
    /// Tell what uses images, or write it to a usage file
    Scan(ScanArguments),
    /// Record an account in a file to plan from offline
    Snapshot(SnapshotArguments),
    /// Print the JSON Schema of a file that ecr-sweep reads or writes
    Schema(SchemaArguments),
    /// Tell what a code or a key means, or all about a topic or a command
    Help(HelpArguments),
    /// Print what a shell needs to complete commands and options
    Completions(CompletionsArguments),
    /// Write the manual's pages to a folder
    Man(ManArguments),
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command, CommandFactory};

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_option_has_the_environment_variable_of_its_name() {
        fn check(command: &Command) {
            let has_value = |arg: &&Arg| {
                !arg.is_positional()
                    && !matches!(arg.get_action(), ArgAction::Help | ArgAction::Version)
            };
            for arg in command.get_arguments().filter(has_value) {
                let name = arg.get_long().map(|name| name.replace('-', "_").to_uppercase());
                let expected = name.map(|name| format!("ECR_SWEEP_{name}"));
                let env = arg.get_env().and_then(|name| name.to_str());
                assert_eq!(env, expected.as_deref(), "{} {arg}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }
}

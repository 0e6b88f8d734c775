//! `ecr-sweep start` and `approve`

use clap::Args;

use super::{
    DetailArguments, FormArguments, LiveArguments, PolicyArguments, SelectionArguments,
    StateMachineArguments,
};

const START_EXAMPLES: &str = "\
Examples:
  ecr-sweep start --store s3://my-sweeps --wait            a dry run of the deployed state machine
  ecr-sweep start --store s3://my-sweeps --plan RUN --delete
                                                           deletes a plan that was reviewed
  ecr-sweep start --plan latest --delete                   the same, here and from a folder
  ecr-sweep start --plan latest                            only checks whether the plan still holds

It is a dry run unless `--delete` is given. With a bucket the deployed state machine does it, by
its own policy; with a folder this process does. Exit codes are those of `plan` and `run`; without
`--wait`, 0 says that a deployed run was started.";

/// What `start` takes.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
#[command(after_help = START_EXAMPLES)]
pub struct StartArguments {
    /// Delete nothing; so it is without this, too
    #[arg(long, env = "ECR_SWEEP_DRY_RUN", hide_env = true, conflicts_with = "delete")]
    pub dry_run: bool,
    /// Delete what is planned
    #[arg(long, env = "ECR_SWEEP_DELETE", hide_env = true)]
    pub delete: bool,
    /// Take up the plan that a run has stored: its name, the first letters of it, or `latest`
    #[arg(
        long,
        value_name = "RUN",
        env = "ECR_SWEEP_PLAN",
        hide_env = true,
        conflicts_with = "repository"
    )]
    pub plan: Option<String>,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Watch a deployed run to its end
    #[arg(long, env = "ECR_SWEEP_WAIT", hide_env = true)]
    pub wait: bool,
    /// Delete without asking
    #[arg(long, env = "ECR_SWEEP_YES", hide_env = true)]
    pub yes: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub detail: DetailArguments,
    #[command(flatten)]
    pub policy: PolicyArguments,
    #[command(flatten)]
    pub deployed: StateMachineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

const APPROVE_EXAMPLES: &str = "\
Examples:
  ecr-sweep approve 20261120T101500.123Z --store s3://my-sweeps
  ecr-sweep approve latest --store s3://my-sweeps --reject";

/// What `approve` takes.
#[derive(Debug, Args)]
#[command(after_help = APPROVE_EXAMPLES)]
pub struct ApproveArguments {
    /// The run that waits: its name, the first letters of it, or `latest`
    pub run: String,
    /// Say no: nothing is deleted
    #[arg(long, env = "ECR_SWEEP_REJECT", hide_env = true)]
    pub reject: bool,
    /// Approve without asking
    #[arg(long, env = "ECR_SWEEP_YES", hide_env = true)]
    pub yes: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub detail: DetailArguments,
    #[command(flatten)]
    pub deployed: StateMachineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

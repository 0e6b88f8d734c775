//! `ecr-sweep start`, `delete`, `approve` and `reject`

use std::path::PathBuf;

use clap::Args;

use super::{
    DetailArguments, FormArguments, LiveArguments, PolicyArguments, SelectionArguments,
    SizeArguments, StateMachineArguments,
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
    #[command(flatten)]
    pub sizes: SizeArguments,
    #[command(flatten)]
    pub policy: PolicyArguments,
    #[command(flatten)]
    pub handling: HandlingArguments,
}

/// How a run is handled: who is asked and told, and where it is.
#[derive(Debug, Args)]
pub struct HandlingArguments {
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
    pub deployed: StateMachineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

const DELETE_EXAMPLES: &str = "\
Examples:
  ecr-sweep delete latest
  ecr-sweep delete 20261120T101500.123Z --store s3://my-sweeps --wait

The same as `ecr-sweep start --plan RUN --delete`: shows the stored plan, asks, checks it again, and
deletes what still holds. It goes on with a run that was stopped, too.";

/// What `delete` takes.
#[derive(Debug, Args)]
#[command(after_help = DELETE_EXAMPLES)]
pub struct DeleteArguments {
    /// The run whose plan is deleted: its name, the first letters of it, or `latest`
    pub run: String,
    #[command(flatten)]
    pub handling: HandlingArguments,
}

impl From<DeleteArguments> for StartArguments {
    fn from(DeleteArguments { run, handling }: DeleteArguments) -> Self {
        Self {
            dry_run: false,
            delete: true,
            plan: Some(run),
            selection: SelectionArguments { repository: Vec::new() },
            sizes: SizeArguments::default(),
            // A stored plan has its policy.
            policy: PolicyArguments { policy: PathBuf::new() },
            handling,
        }
    }
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

const REJECT_EXAMPLES: &str = "\
Examples:
  ecr-sweep reject latest --store s3://my-sweeps

The same as `ecr-sweep approve RUN --reject`.";

/// What `reject` takes.
#[derive(Debug, Args)]
#[command(after_help = REJECT_EXAMPLES)]
pub struct RejectArguments {
    /// The run that waits: its name, the first letters of it, or `latest`
    pub run: String,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub detail: DetailArguments,
    #[command(flatten)]
    pub deployed: StateMachineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

impl From<RejectArguments> for ApproveArguments {
    fn from(arguments: RejectArguments) -> Self {
        let RejectArguments { run, form, detail, deployed, live } = arguments;
        Self { run, reject: true, yes: false, form, detail, deployed, live }
    }
}

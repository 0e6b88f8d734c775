//! `ecr-sweep run`

use clap::Args;

use super::{
    DetailArguments, FormArguments, LiveArguments, PolicyArguments, SelectionArguments,
    SizeArguments,
};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep run --policy policy.yaml             shows the plan and asks before it deletes
  ecr-sweep run --policy policy.yaml --dry-run   the same as `plan`
  ecr-sweep run --policy policy.yaml --yes       for automation: does not ask

Usage is scanned and the plan is made again before anything is deleted; only what both plans
delete goes. Exit codes: 0 done; 4 nothing deleted, as usage is incomplete; 5 not everything
went; 6 refused or not confirmed.";

/// What `run` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArguments {
    #[command(flatten)]
    pub policy: PolicyArguments,
    #[command(flatten)]
    pub selection: SelectionArguments,
    #[command(flatten)]
    pub sizes: SizeArguments,
    /// Delete without asking
    #[arg(long, env = "ECR_SWEEP_YES", hide_env = true)]
    pub yes: bool,
    /// Only plan
    #[arg(long, env = "ECR_SWEEP_DRY_RUN", hide_env = true)]
    pub dry_run: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub detail: DetailArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

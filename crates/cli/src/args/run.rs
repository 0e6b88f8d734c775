//! `ecr-sweep run`

use clap::Args;
use ecr_sweep_core::Pattern;

use super::{Format, LiveArguments, PolicyArguments};

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
    /// Sweep only repositories whose name matches: `*` any run of characters, `?` one, `/.../` a
    /// regular expression
    #[arg(long, value_name = "PATTERN", env = "ECR_SWEEP_REPOSITORY", hide_env = true)]
    pub repository: Vec<Pattern>,
    /// Delete without asking
    #[arg(long, env = "ECR_SWEEP_YES", hide_env = true)]
    pub yes: bool,
    /// Only plan
    #[arg(long, env = "ECR_SWEEP_DRY_RUN", hide_env = true)]
    pub dry_run: bool,
    /// The form of the result
    #[arg(long, env = "ECR_SWEEP_FORMAT", hide_env = true, default_value = "table")]
    pub format: Format,
    /// List every image that would be deleted
    #[arg(long, env = "ECR_SWEEP_DETAILS", hide_env = true)]
    pub details: bool,
    #[command(flatten)]
    pub live: LiveArguments,
}

//! `ecr-sweep check`

use std::path::PathBuf;

use clap::Args;

use super::LiveArguments;

const EXAMPLES: &str = "\
Examples:
  ecr-sweep check policy.yaml
  ecr-sweep check policy.yaml --snapshot org.json
  ecr-sweep check policy.yaml --live

Nothing is called without `--live`. Exit codes: 0 the policy is good, 2 it is not; patterns that
match nothing are told, and are no error.";

/// What `check` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArguments {
    /// The policy
    #[arg(
        value_name = "POLICY",
        env = "ECR_SWEEP_POLICY",
        hide_env = true,
        default_value = "policy.yaml"
    )]
    pub policy: PathBuf,
    /// Also tell which patterns match nothing in this recorded organization
    #[arg(
        long,
        short,
        value_name = "FILE",
        env = "ECR_SWEEP_SNAPSHOT",
        hide_env = true,
        conflicts_with = "live"
    )]
    pub snapshot: Option<PathBuf>,
    /// Also tell which patterns match nothing in the account of the credentials
    #[arg(long, env = "ECR_SWEEP_LIVE", hide_env = true)]
    pub live: bool,
    #[command(flatten)]
    pub account: LiveArguments,
}

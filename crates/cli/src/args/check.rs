//! `ecr-sweep check`

use std::path::PathBuf;

use clap::Args;

use super::{FormArguments, LiveArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep check policy.yaml
  ecr-sweep check policy.yaml --snapshot org.json
  ecr-sweep check policy.yaml --live

It also tells what a first run would be blocked by: what follows from the policy alone; with
`--snapshot` what its plan there meets; with `--live` what cannot be read of the accounts, sources
and registries, which are read as a run does. Nothing is called without `--live`. Exit codes: 0 the
policy is good, 2 it is not; what matches nothing, or would be in the way, is told and is no error.";

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
    /// Also tell what of it matches nothing in this recorded organization, and what would be blocked
    #[arg(
        long,
        short,
        value_name = "FILE",
        env = "ECR_SWEEP_SNAPSHOT",
        hide_env = true,
        conflicts_with = "live"
    )]
    pub snapshot: Option<PathBuf>,
    /// The same of the account of the credentials, and of those that the policy names
    #[arg(long, env = "ECR_SWEEP_LIVE", hide_env = true)]
    pub live: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub account: LiveArguments,
}

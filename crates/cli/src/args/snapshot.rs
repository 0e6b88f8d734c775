//! `ecr-sweep snapshot`

use std::path::PathBuf;

use clap::Args;

use super::{FormArguments, LiveArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep snapshot -o org.json
  ecr-sweep snapshot -o org.json --policy policy.yaml

Names of images and of what uses them are recorded; environment values, code locations and
secrets are not.";

/// What `snapshot` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SnapshotArguments {
    /// The file to write
    #[arg(long, short, value_name = "FILE", env = "ECR_SWEEP_OUTPUT", hide_env = true)]
    pub output: PathBuf,
    /// The policy whose scope, sources and aliases are recorded; without it, the account of the
    /// credentials
    #[arg(long, short, value_name = "FILE", env = "ECR_SWEEP_POLICY", hide_env = true)]
    pub policy: Option<PathBuf>,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

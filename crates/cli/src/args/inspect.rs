//! `ecr-sweep inspect`

use std::path::PathBuf;

use clap::Args;

use super::{FormArguments, LiveArguments, OfflineArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep inspect --snapshot org.json
  ecr-sweep inspect --policy policy.yaml
  ecr-sweep inspect --format json | jq '.findings[] | select(.in_use == \"yes\")'

Nothing is judged and nothing is deleted: it tells what is broken already.
Exit codes: 0 nothing that is used is broken; 3 something is, or usage was not seen whole.";

/// What `inspect` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InspectArguments {
    /// The policy whose scope, sources and aliases are looked at; without it, the account of the
    /// credentials, or all that the snapshot has
    #[arg(long, short, value_name = "FILE", env = "ECR_SWEEP_POLICY", hide_env = true)]
    pub policy: Option<PathBuf>,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub offline: OfflineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

//! `ecr-sweep diff`

use std::path::PathBuf;

use clap::Args;

use super::{FormArguments, LiveArguments, OfflineArguments, SelectionArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep diff --policy old.yaml --policy new.yaml --snapshot org.json
  ecr-sweep diff --policy old.yaml --policy new.yaml --details
  ecr-sweep diff -p old.yaml -p new.yaml --format json | jq '.changes'

A live account is scanned once, and both policies decide over what was seen.
Exit codes: 0 nothing in the way; 3 by the second policy something is blocked, or usage was not
seen whole.";

/// What `diff` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DiffArguments {
    /// The policy before, and again for the policy after
    #[arg(
        long,
        short,
        value_name = "FILE",
        env = "ECR_SWEEP_POLICY",
        hide_env = true,
        required = true
    )]
    pub policy: Vec<PathBuf>,
    #[command(flatten)]
    pub selection: SelectionArguments,
    #[command(flatten)]
    pub form: FormArguments,
    /// List every image whose verdict changes
    #[arg(long, env = "ECR_SWEEP_DETAILS", hide_env = true)]
    pub details: bool,
    #[command(flatten)]
    pub offline: OfflineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

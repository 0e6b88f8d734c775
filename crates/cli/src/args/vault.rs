//! `ecr-sweep vault`

use clap::{Args, Subcommand};

use super::{FormArguments, LiveArguments};

const PRUNE_EXAMPLES: &str = "\
Examples:
  ecr-sweep vault prune --dry-run
  ecr-sweep vault prune --store s3://my-sweeps

A copy is wanted as long as a rule's `undo_for` says, of whatever image has it. It stays a week longer.
Exit code 6 while a run deletes.";

/// What `vault` takes.
#[derive(Debug, Args)]
pub struct VaultArguments {
    /// What to do with it.
    #[command(subcommand)]
    pub act: VaultAct,
}

/// What to do with the vault.
#[derive(Debug, Subcommand)]
pub enum VaultAct {
    /// Remove the copies that nobody wants any more
    Prune(PruneArguments),
}

/// What `vault prune` takes.
#[derive(Debug, Args)]
#[command(after_help = PRUNE_EXAMPLES)]
pub struct PruneArguments {
    /// Only tell how many they are
    #[arg(long, env = "ECR_SWEEP_DRY_RUN", hide_env = true)]
    pub dry_run: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

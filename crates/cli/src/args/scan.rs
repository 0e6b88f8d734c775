//! `ecr-sweep scan`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ClusterArguments, LiveArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep scan
  ecr-sweep scan --policy policy.yaml -o usage.json
  ecr-sweep scan --format ecrm -o references.json
  ecr-sweep scan --kubernetes -o usage.json                     the current context's cluster
  ecr-sweep scan --kubernetes --context blue -o usage.json      another context's
  ecr-sweep scan --kubernetes --account 111122223333 --region eu-west-1 --cluster blue -o usage.json

A usage file has the names of images and of what uses them, and nothing else. Exit codes: 0 everything
was seen; 3 something was not: the file says so, and completes nothing there.";

/// What `scan` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ScanArguments {
    /// The usage file to write
    #[arg(long, short, value_name = "FILE", env = "ECR_SWEEP_OUTPUT", hide_env = true)]
    pub output: Option<PathBuf>,
    /// The policy whose scope, sources and aliases are scanned; without it, the account of the
    /// credentials. Of a cluster only its aliases count
    #[arg(long, short, value_name = "FILE", env = "ECR_SWEEP_POLICY", hide_env = true)]
    pub policy: Option<PathBuf>,
    /// The form of the result
    #[arg(long, env = "ECR_SWEEP_FORMAT", hide_env = true, default_value = "table")]
    pub format: ScanFormat,
    /// List every source in a table: without it those in which nothing was found are one row
    #[arg(long, env = "ECR_SWEEP_ALL", hide_env = true)]
    pub all: bool,
    #[command(flatten)]
    pub live: LiveArguments,
    #[command(flatten)]
    pub cluster: ClusterArguments,
}

/// The form of what a scan prints, or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScanFormat {
    /// For people; a file that is written besides is a usage file
    Table,
    /// A usage file
    Json,
    /// The references alone, as one JSON list, as ecrm reads it
    Ecrm,
}

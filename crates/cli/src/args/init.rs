//! `ecr-sweep init`

use std::path::PathBuf;

use clap::Args;

use super::{FormArguments, LiveArguments, SelectionArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep init
  ecr-sweep init --snapshot org.json
  ecr-sweep init --repository 'dev/*' -o dev.yaml
  ecr-sweep init -o - | less

It lists repositories, images and what uses them, and changes nothing. Sizes in comments are at most:
layers that images share count each time. Exit codes: 0 it is written; 2 it is not, because a file is
there already for one.";

/// What `init` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InitArguments {
    /// The file to write; `-` for standard output
    #[arg(
        long,
        short,
        value_name = "FILE",
        env = "ECR_SWEEP_OUTPUT",
        hide_env = true,
        default_value = "policy.yaml"
    )]
    pub output: PathBuf,
    /// Write it though the file is there
    #[arg(long, env = "ECR_SWEEP_OVERWRITE", hide_env = true)]
    pub overwrite: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Read this recorded organization, and call nothing
    #[arg(long, short, value_name = "FILE", env = "ECR_SWEEP_SNAPSHOT", hide_env = true)]
    pub snapshot: Option<PathBuf>,
    #[command(flatten)]
    pub live: LiveArguments,
}

//! `ecr-sweep restore`

use clap::Args;

use super::{FormArguments, LiveArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep restore latest --dry-run
  ecr-sweep restore 20261120T101500.123Z prod/web:v1
  ecr-sweep restore latest sha256:0a1b2c --store s3://my-sweeps

Without IMAGE all comes back that the run has deleted or archived. An image comes with what it lists, and
with what refers to it. Called again, it goes on. Exit codes: 0 all is there; 3 something could not come
back; 6 a run is deleting.";

/// What `restore` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RestoreArguments {
    /// The run that deleted: its name, the first letters of it, or `latest`
    pub run: String,
    /// The images: REPOSITORY:TAG, REPOSITORY@DIGEST or DIGEST
    #[arg(value_name = "IMAGE")]
    pub images: Vec<String>,
    /// Only tell what would come back
    #[arg(long, env = "ECR_SWEEP_DRY_RUN", hide_env = true)]
    pub dry_run: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

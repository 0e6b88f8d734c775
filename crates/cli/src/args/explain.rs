//! `ecr-sweep explain`

use clap::Args;

use super::{FormArguments, LiveArguments, OfflineArguments, PolicyArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep explain dev/app:v1 --snapshot org.json
  ecr-sweep explain dev/app@sha256:0a1b2c3d
  ecr-sweep explain 111122223333.dkr.ecr.eu-west-1.amazonaws.com/dev/app:v1
  ecr-sweep explain sha256:0a1b2c3d --snapshot org.json
  ecr-sweep explain dev/app:v1 --run latest
  ecr-sweep explain dev/app:v1 --who-pulled

Exit codes: 0 it is told; 3 with `--who-pulled`, where not all events could be read.";

/// What `explain` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArguments {
    /// The image: REPOSITORY:TAG, REPOSITORY@DIGEST, either with its registry in front, or a
    /// digest alone; 6 digits of a digest are enough where no other image begins so
    pub image: String,
    #[command(flatten)]
    pub policy: PolicyArguments,
    /// Explain from what this run has stored: its name, the first letters of it, or `latest`
    #[arg(
        long,
        value_name = "RUN",
        env = "ECR_SWEEP_RUN",
        hide_env = true,
        conflicts_with = "snapshot"
    )]
    pub run: Option<String>,
    /// Also tell who pulled it in the last 90 days, by the `CloudTrail` events of its account and Region
    #[arg(
        long,
        env = "ECR_SWEEP_WHO_PULLED",
        hide_env = true,
        conflicts_with_all = ["snapshot", "run"]
    )]
    pub who_pulled: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub offline: OfflineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

//! `ecr-sweep doctor`

use clap::Args;

use super::{FormArguments, LiveArguments, PolicyArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep doctor --policy policy.yaml
  ecr-sweep doctor --delete --store s3://my-sweeps           what deletes, and what is deployed, too
  ecr-sweep doctor --format json | jq -r '.findings[] | .code + \": \" + .fix'

It changes nothing, neither in an account nor in the run store. Exit codes: 0 a run would go, whatever
is warned of; 3 something is in its way, or could not be checked.";

/// What `doctor` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArguments {
    #[command(flatten)]
    pub policy: PolicyArguments,
    /// Look at what deleting takes, too: whether the role that deletes can be assumed
    #[arg(long, env = "ECR_SWEEP_DELETE", hide_env = true)]
    pub delete: bool,
    /// The state machine that is deployed: its name, or its ARN; without it, `ecr-sweep` where the run
    /// store is a bucket
    #[arg(long, value_name = "NAME", env = "ECR_SWEEP_STATE_MACHINE", hide_env = true)]
    pub state_machine: Option<String>,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

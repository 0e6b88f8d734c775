//! `ecr-sweep plan`

use clap::Args;
use ecr_sweep_core::Pattern;

use super::{Format, LiveArguments, OfflineArguments, PolicyArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep plan --snapshot org.json --policy policy.yaml
  ecr-sweep plan --repository 'dev/*' --details
  ecr-sweep plan --format json | jq '.plans[].summary'

Exit codes: 0 nothing in the way; 3 something is blocked, or usage was not seen whole.";

/// What `plan` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct PlanArguments {
    #[command(flatten)]
    pub policy: PolicyArguments,
    /// Plan only repositories whose name matches: `*` any run of characters, `?` one, `/.../` a
    /// regular expression
    #[arg(long, value_name = "PATTERN", env = "ECR_SWEEP_REPOSITORY", hide_env = true)]
    pub repository: Vec<Pattern>,
    /// The form of the plan
    #[arg(long, env = "ECR_SWEEP_FORMAT", hide_env = true, default_value = "table")]
    pub format: Format,
    /// List every image that would be deleted
    #[arg(long, env = "ECR_SWEEP_DETAILS", hide_env = true)]
    pub details: bool,
    #[command(flatten)]
    pub offline: OfflineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

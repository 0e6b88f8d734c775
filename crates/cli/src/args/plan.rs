//! `ecr-sweep plan`

use clap::Args;

use super::{
    DetailArguments, FormArguments, LiveArguments, OfflineArguments, PolicyArguments,
    SelectionArguments, SizeArguments,
};

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
    #[command(flatten)]
    pub selection: SelectionArguments,
    #[command(flatten)]
    pub sizes: SizeArguments,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub detail: DetailArguments,
    #[command(flatten)]
    pub offline: OfflineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

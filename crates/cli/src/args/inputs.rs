//! What commands read: the policy, a snapshot, or a live account.

use std::path::PathBuf;

use clap::Args;
use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_core::policy::GivenPrice;
use ecr_sweep_core::{Pattern, Region};
use jiff::Timestamp;

/// The policy.
#[derive(Debug, Clone, Args)]
pub struct PolicyArguments {
    /// The policy: what is kept
    #[arg(
        long,
        short,
        value_name = "FILE",
        env = "ECR_SWEEP_POLICY",
        hide_env = true,
        default_value = "policy.yaml"
    )]
    pub policy: PathBuf,
}

/// A deployed state machine.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Deployed")]
pub struct StateMachineArguments {
    /// The state machine: its name, or its ARN
    #[arg(
        long,
        value_name = "NAME",
        env = "ECR_SWEEP_STATE_MACHINE",
        hide_env = true,
        default_value = "ecr-sweep"
    )]
    pub state_machine: String,
}

/// A snapshot instead of a live account.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Offline")]
pub struct OfflineArguments {
    /// Read this recorded organization, and call nothing
    #[arg(long, short, value_name = "FILE", env = "ECR_SWEEP_SNAPSHOT", hide_env = true)]
    pub snapshot: Option<PathBuf>,
    /// The time of the plan; without it, when the snapshot was taken
    #[arg(
        long,
        value_name = "TIME",
        env = "ECR_SWEEP_NOW",
        hide_env = true,
        requires = "snapshot"
    )]
    pub now: Option<Timestamp>,
}

/// A live account.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Live account")]
pub struct LiveArguments {
    /// The Region to start from, and to sweep where the policy names none
    #[arg(long, value_name = "REGION", env = "ECR_SWEEP_REGION", hide_env = true)]
    pub region: Option<Region>,
    /// The profile of the AWS configuration whose credentials are used
    #[arg(long, value_name = "NAME", env = "ECR_SWEEP_PROFILE", hide_env = true)]
    pub profile: Option<String>,
    /// How many calls to one API may be under way at the same time, in one account and Region
    #[arg(
        long,
        value_name = "N",
        env = "ECR_SWEEP_CONCURRENCY",
        hide_env = true,
        default_value_t = 16,
        value_parser = clap::value_parser!(u16).range(1..=64)
    )]
    pub concurrency: u16,
    /// Where plans, receipts and the lock are kept: a folder, or `s3://BUCKET[/PREFIX]`
    #[arg(
        long,
        value_name = "STORE",
        env = "ECR_SWEEP_STORE",
        hide_env = true,
        default_value = ".ecr-sweep"
    )]
    pub store: StoreLocation,
}

/// What storage costs.
#[derive(Debug, Clone, Default, Args)]
pub struct PriceArguments {
    /// Dollars for a GB and month, before what the policy says: `ecr=0.08`, `ecr/REGION=0.08` or
    /// `vault=0.004`; may be said again
    #[arg(long, value_name = "PRICE", env = "ECR_SWEEP_PRICE", hide_env = true)]
    pub price: Vec<GivenPrice>,
}

/// How the bytes of a new plan are counted, and what they cost.
#[derive(Debug, Clone, Default, Args)]
pub struct SizeArguments {
    /// Count each layer that goes once, and none of what stays: reads every manifest, once ever
    #[arg(long, env = "ECR_SWEEP_EXACT_SIZES", hide_env = true)]
    pub exact_sizes: bool,
    #[command(flatten)]
    pub prices: PriceArguments,
}

/// Which repositories a command is about.
#[derive(Debug, Args)]
pub struct SelectionArguments {
    /// Only repositories whose name matches: `*` any run of characters, `?` one, `/.../` a regular
    /// expression
    #[arg(long, value_name = "PATTERN", env = "ECR_SWEEP_REPOSITORY", hide_env = true)]
    pub repository: Vec<Pattern>,
}

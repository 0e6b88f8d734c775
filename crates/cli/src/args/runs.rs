//! `ecr-sweep runs`, `show`, `watch`, `stop` and `unlock`

use clap::Args;

use super::{FormArguments, LiveArguments, PriceArguments, StateMachineArguments};

const RUNS_EXAMPLES: &str = "\
Examples:
  ecr-sweep runs
  ecr-sweep runs --store s3://my-sweeps --format json

Runs in a folder are read without credentials. What `explain` stores is no run.";

/// What `runs` takes.
#[derive(Debug, Args)]
#[command(after_help = RUNS_EXAMPLES)]
pub struct RunsArguments {
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  ecr-sweep show latest
  ecr-sweep show 20261120T1015 prod/web
  ecr-sweep show latest --price ecr=0.08
  ecr-sweep show latest --store s3://my-sweeps --format json";

/// What `show` takes.
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub struct ShowArguments {
    /// The run: its name, the first letters of it, or `latest`
    pub run: String,
    /// Show the plan of this repository, and what became of its images
    pub repository: Option<String>,
    /// List every repository in a table: without it those where nothing goes are one row
    #[arg(long, env = "ECR_SWEEP_ALL", hide_env = true)]
    pub all: bool,
    #[command(flatten)]
    pub prices: PriceArguments,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

const WATCH_EXAMPLES: &str = "\
Examples:
  ecr-sweep watch latest
  ecr-sweep watch 20261120T101500.123Z --store s3://my-sweeps

It ends with the exit code of the run. Ending it earlier does nothing to the run.";

/// What `watch` takes.
#[derive(Debug, Args)]
#[command(after_help = WATCH_EXAMPLES)]
pub struct WatchArguments {
    /// The run: its name, the first letters of it, or `latest`
    pub run: String,
    /// The execution that takes up a stored plan, where it has another name than the run
    #[arg(long, value_name = "NAME", env = "ECR_SWEEP_EXECUTION", hide_env = true)]
    pub execution: Option<String>,
    /// How many seconds pass between two looks
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ECR_SWEEP_EVERY",
        hide_env = true,
        default_value_t = 2,
        value_parser = clap::value_parser!(u16).range(1..=600)
    )]
    pub every: u16,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub deployed: StateMachineArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

const UNLOCK_EXAMPLES: &str = "\
Examples:
  ecr-sweep unlock 20261120T101500.123Z
  ecr-sweep unlock latest --store s3://my-sweeps

For a run that ended without giving the lock back: the next one need not wait until its time is
over. A run that goes on after all stops before its next batch. Exit code 6 where another run has
the lock. One that cannot be read is taken away, whosever it was, once you say so.";

/// What `unlock` takes.
#[derive(Debug, Args)]
#[command(after_help = UNLOCK_EXAMPLES)]
pub struct UnlockArguments {
    /// The run: its name, the first letters of it, or `latest`
    pub run: String,
    /// Take away a lock that cannot be read without asking
    #[arg(long, env = "ECR_SWEEP_YES", hide_env = true)]
    pub yes: bool,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

const STOP_EXAMPLES: &str = "\
Examples:
  ecr-sweep stop latest
  ecr-sweep stop 20261120T101500.123Z --store s3://my-sweeps

Wherever the run is: here, in another process, or deployed. The batch that is under way is finished,
with its receipts; a run that does not delete yet will not. `ecr-sweep delete RUN` goes on with it.";

/// What `stop` takes.
#[derive(Debug, Args)]
#[command(after_help = STOP_EXAMPLES)]
pub struct StopArguments {
    /// The run: its name, the first letters of it, or `latest`
    pub run: String,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

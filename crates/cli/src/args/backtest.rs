//! `ecr-sweep backtest`

use std::str::FromStr;

use clap::Args;
use ecr_sweep_core::Age;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{FormArguments, LiveArguments, PolicyArguments};

const EXAMPLES: &str = "\
Examples:
  ecr-sweep backtest --policy policy.yaml
  ecr-sweep backtest --policy stricter.yaml --since 2026-03-01
  ecr-sweep backtest --policy policy.yaml --since 180d --store s3://my-sweeps --format json

It needs nothing but the run store: each run has stored what it saw. Exit code 3: somebody needed what would
have gone, or nothing could be judged.";

/// What `backtest` takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BacktestArguments {
    #[command(flatten)]
    pub policy: PolicyArguments,
    /// The first run that counts: a day, such as 2026-03-01, or an age, such as 180d; without it, the first
    /// run of the store
    #[arg(long, value_name = "WHEN", env = "ECR_SWEEP_SINCE", hide_env = true)]
    pub since: Option<Since>,
    #[command(flatten)]
    pub form: FormArguments,
    #[command(flatten)]
    pub live: LiveArguments,
}

/// A day, or how long ago.
#[derive(Debug, Clone, Copy)]
pub enum Since {
    /// From its beginning, in UTC.
    Day(Date),
    /// So long ago.
    Ago(Age),
}

impl Since {
    /// The moment.
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Day(day) => {
                day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |day| day.timestamp())
            }
            Self::Ago(age) => age.before(now),
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let age = || text.parse().map(Self::Ago);
        text.parse()
            .map(Self::Day)
            .or_else(|_| age())
            .map_err(|_| "expected a day, such as 2026-03-01, or an age, such as 180d".to_owned())
    }
}

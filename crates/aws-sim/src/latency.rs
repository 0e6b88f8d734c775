//! How long answers take.

use std::str::FromStr;
use std::time::Duration;

use ecr_sweep_core::Pattern;
use jiff::SignedDuration;

/// How long the answers of some operations take at least.
#[derive(Debug, Clone)]
pub struct Latency {
    /// The operations, such as `s3:GetObject` or `s3:*`.
    pub operation: Pattern,
    /// How long each answer takes at least.
    pub at_least: Duration,
}

/// A text that is no latency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a latency: expected an operation and a duration, such as `s3:*=20ms`")]
pub struct NotALatency(String);

impl FromStr for Latency {
    type Err = NotALatency;

    fn from_str(text: &str) -> Result<Self, NotALatency> {
        let read = || {
            let (operation, duration) = text.split_once('=')?;
            let at_least = Duration::try_from(duration.parse::<SignedDuration>().ok()?).ok()?;
            Some(Self { operation: operation.parse().ok()?, at_least })
        };
        read().ok_or_else(|| NotALatency(text.to_owned()))
    }
}

/// The latency of every operation.
#[derive(Debug)]
pub(crate) struct Latencies {
    of_some: Vec<Latency>,
    of_others: Duration,
}

impl Latencies {
    pub(crate) const fn new(of_some: Vec<Latency>, of_others: Duration) -> Self {
        Self { of_some, of_others }
    }

    /// How long an answer takes at least. The first that names the operation decides.
    pub(crate) fn of(&self, operation: &str) -> Duration {
        let named = self.of_some.iter().find(|latency| latency.operation.matches(operation));
        named.map_or(self.of_others, |latency| latency.at_least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_latency_that_names_an_operation_decides() {
        let of_some = ["s3:GetObject=0ms", "s3:*=20ms"].map(|text| text.parse().unwrap());
        let latencies = Latencies::new(of_some.into(), Duration::from_millis(25));
        let of = |operation| latencies.of(operation).as_millis();
        let operations = ["s3:GetObject", "s3:PutObject", "ecr:DescribeImages"];
        assert_eq!(operations.map(of), [0, 20, 25]);
    }

    #[test]
    fn a_latency_is_an_operation_and_a_duration() {
        for text in ["", "s3:*", "=20ms", "s3:*=20", "s3:*=-20ms", "20ms"] {
            assert!(text.parse::<Latency>().is_err(), "{text}");
        }
    }
}

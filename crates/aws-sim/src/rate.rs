//! Request rates: a token bucket for each operation of each account and Region.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ecr_sweep_core::{Pattern, Place};

/// How many requests an operation takes in each account and Region before it throttles.
///
/// ECR does not publish the rates of its reads; throttling is `ThrottlingException`, HTTP 400.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
#[derive(Debug, Clone)]
pub struct Rate {
    /// The operations, such as `ecr:DescribeImages` or `ecs:*`, each with buckets of its own.
    pub operation: Pattern,
    /// Requests a second, sustained.
    pub per_second: f64,
    /// Requests at once. At least 1.
    pub burst: f64,
}

/// A text that is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a rate: expected an operation and requests a second, such as `ecr:DescribeImages=20`, or with a burst, `ecr:DescribeImages=20/50`"
)]
pub struct NotARate(String);

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        let read = || {
            let (operation, rate) = text.split_once('=')?;
            let (per_second, burst) =
                rate.split_once('/').map_or((rate, None), |(rate, burst)| (rate, Some(burst)));
            let per_second: f64 = per_second.parse().ok()?;
            let burst = burst.map_or(Some(per_second.max(1.0)), |burst| burst.parse().ok())?;
            let good = per_second > 0.0 && burst >= 1.0 && f64::is_finite(per_second + burst);
            good.then_some(Self { operation: operation.parse().ok()?, per_second, burst })
        };
        read().ok_or_else(|| NotARate(text.to_owned()))
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

/// The rates and their buckets.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    rates: Vec<Rate>,
    buckets: Mutex<HashMap<(String, Place), Bucket>>,
}

impl Limiter {
    pub(crate) fn new(rates: Vec<Rate>) -> Self {
        Self { rates, buckets: Mutex::default() }
    }

    /// Takes one token; whether there was one. The first rate that names the operation decides.
    pub(crate) fn admits(&self, operation: &str, place: &Place, now: Instant) -> bool {
        let Some(rate) = self.rates.iter().find(|rate| rate.operation.matches(operation)) else {
            return true;
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((operation.to_owned(), place.clone()))
            .or_insert(Bucket { tokens: rate.burst, filled_at: now });
        let elapsed = now.saturating_duration_since(bucket.filled_at).as_secs_f64();
        bucket.tokens = (bucket.tokens + elapsed * rate.per_second).min(rate.burst);
        bucket.filled_at = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_fills_at_its_rate_and_no_further_than_its_burst() {
        let limiter = Limiter::new(vec!["ecr:DescribeImages=10/2".parse().unwrap()]);
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let start = Instant::now();
        let admits = |milliseconds| {
            let now = start + Duration::from_millis(milliseconds);
            limiter.admits("ecr:DescribeImages", &place, now)
        };
        assert_eq!([admits(0), admits(0), admits(0)], [true, true, false]);
        assert_eq!([admits(99), admits(150), admits(150)], [false, true, false]);
        assert_eq!([admits(9000), admits(9000), admits(9000)], [true, true, false]);
    }

    #[test]
    fn a_rate_is_an_operation_and_requests_a_second() {
        let rate: Rate = "ecr:*=20".parse().unwrap();
        assert_eq!((rate.operation.as_str(), rate.per_second, rate.burst), ("ecr:*", 20.0, 20.0));
        let rate: Rate = "ecs:ListTasks=0.5".parse().unwrap();
        assert!((rate.burst - 1.0).abs() < f64::EPSILON);
        for text in ["", "ecr:*", "=3", "ecr:*=0", "ecr:*=-1", "ecr:*=inf", "ecr:*=1/0", "a=1/x"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}

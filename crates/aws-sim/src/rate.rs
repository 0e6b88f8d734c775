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

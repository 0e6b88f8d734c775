//! How patient the clients are. The retries themselves are the SDK's.

use std::fmt::Display;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_runtime::client::retries::{ClientRateLimiter, RetryPartition, TokenBucket};

const MAX_ATTEMPTS: u32 = 8;

/// Adaptive: the rates of ECR's reads are not published, so they have to be found out.
pub(super) fn retry_config() -> RetryConfig {
    RetryConfig::adaptive().with_max_attempts(MAX_ATTEMPTS)
}

/// As many attempts, a tenth of a second or so apart: simulators are near, and have no neighbours.
#[cfg(any(test, feature = "simulators"))]
pub(super) fn impatient() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(20))
        .with_max_backoff(Duration::from_millis(200))
}

/// The SDK sets no limit but that for connecting.
pub(super) fn timeout_config() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(30))
        .operation_timeout(Duration::from_mins(2))
        .build()
}

/// Tokens that retries draw on, and that come back with time: a throttled run goes on slowly
/// instead of giving up.
const RETRY_TOKENS: usize = 2_000;
const RETRY_TOKENS_A_SECOND: f32 = 5.0;

/// The rate, in requests a second, to which the first throttling slows down. The limiter takes a
/// fifth of it, as it has measured nothing by then.
const FIRST_RATE: f64 = 10.0;

/// A retry budget and a rate of its own: limits are those of one account and Region, and the
/// SDK's default would share them among all accounts of a Region.
pub(crate) fn partition(of: impl Display, kind: &str) -> RetryPartition {
    RetryPartition::custom(format!("{of}/{kind}"))
        .token_bucket(
            TokenBucket::builder()
                .capacity(RETRY_TOKENS)
                .refill_rate(RETRY_TOKENS_A_SECOND)
                .build(),
        )
        .client_rate_limiter(
            ClientRateLimiter::builder().tokens_retrieved_per_second(5.0 * FIRST_RATE).build(),
        )
        .build()
}

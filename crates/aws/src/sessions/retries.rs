//! How patient the clients are. The retries themselves are the SDK's.

use std::fmt::Display;
use std::time::Duration;

use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::timeout::TimeoutConfig;
use aws_smithy_runtime::client::retries::{ClientRateLimiter, RetryPartition, TokenBucket};
use ecr_sweep_core::Place;

const MAX_ATTEMPTS: u32 = 8;

/// Adaptive: the rates of ECR's reads are not published, so they have to be found out.
pub(super) fn retry_config() -> RetryConfig {
    RetryConfig::adaptive().with_max_attempts(MAX_ATTEMPTS)
}

/// For registries: the rate is held by how many calls are under way ([`Slots`](super::slots::Slots)), and
/// the pauses between the attempts of one call are short. The SDK's adaptive mode slows down with every
/// throttled call to as little as one in two seconds, whoever uses the rate up: where 30% of 101
/// calls were throttled it paused for 274 s.
///
/// A call goes on for some 20 seconds, and in a mean pause of a second at last.
pub(super) fn registry_retry_config() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(24)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_secs(2))
}

/// As many attempts, a tenth of a second or so apart: simulators are near, and have no neighbours.
#[cfg(any(test, feature = "simulators"))]
pub(super) fn impatient() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(Duration::from_millis(20))
        .with_max_backoff(Duration::from_millis(200))
}

/// How patient a registry's clients are, where all clients are this patient: simulators are near.
pub(super) fn of_registries(of_all: Option<&RetryConfig>) -> RetryConfig {
    match of_all {
        Some(config) if config.mode() != RetryMode::Adaptive => config.clone(),
        _ => registry_retry_config(),
    }
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

/// The same for a registry, whose calls are bounded by their attempts: a budget besides would give up
/// where others use the rate up.
pub(super) fn registry_partition(place: &Place, kind: &str) -> RetryPartition {
    let partition = RetryPartition::custom(format!("{place}/{kind}"));
    partition.token_bucket(TokenBucket::unlimited()).build()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_have_short_pauses_and_others_adapt() {
        let registries = of_registries(Some(&retry_config()));
        assert_eq!(registries.mode(), RetryMode::Standard);
        assert_eq!(registries.initial_backoff(), Duration::from_millis(50));
        assert_eq!(registries.max_backoff(), Duration::from_secs(2));
        assert_eq!(of_registries(None), registries);
        assert_eq!(retry_config().mode(), RetryMode::Adaptive);
        assert_eq!(of_registries(Some(&impatient())), impatient());
    }

    #[test]
    fn what_reads_and_what_deletes_in_a_registry_hold_one_another_up_in_nothing() {
        let place = |account: &str| Place {
            account: account.parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let partition = |account, kind| registry_partition(&place(account), kind);
        let reads = partition("111122223333", "ecr-reads");
        assert_ne!(reads, partition("111122223333", "ecr-deletes"));
        assert_ne!(reads, partition("444455556666", "ecr-reads"));
    }
}

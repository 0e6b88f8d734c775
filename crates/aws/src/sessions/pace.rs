//! Pace: what was throttled once is asked for at the rate that AWS publishes from then on.
//!
//! The SDK's own limiter has to find a rate out: it goes over it, slows down by a third, and grows until it
//! goes over it again. Where a rate is published, whoever keeps below it is not refused, and leaves something
//! to others in the account. Until something is throttled nothing waits: an account may be allowed more, and
//! what little there is in most accounts comes of what may be asked at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use super::clients::ClientConfig;
use crate::AwsErrorKind;
use crate::error::{kind_of_code, kind_of_status};
use crate::signed::Refusal;

/// How much of a published rate is taken.
const SHARE: f64 = 0.95;

/// The pace of one client. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// Between two calls, once one was throttled.
    interval: Duration,
    /// When the next call may be made. None: nothing was throttled so far.
    next: Arc<Mutex<Option<Instant>>>,
}

impl Pace {
    /// For what AWS answers so many times a second.
    pub(crate) fn of_rate(a_second: f64) -> Self {
        Self { interval: Duration::from_secs_f64(1.0 / (SHARE * a_second)), next: Arc::default() }
    }

    /// The same configuration, with every request in its turn.
    pub(crate) fn over(&self, config: &ClientConfig) -> ClientConfig {
        let Some(client) = config.http_client() else { return config.clone() };
        let client = SharedHttpClient::new(Paced { client, pace: self.clone() });
        config.with(|builder| builder.http_client(client))
    }

    /// Something was throttled.
    fn keep(&self, now: Instant) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.get_or_insert(now + self.interval);
    }

    /// When a request may be sent, if it has to wait.
    fn turn(&self, now: Instant) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.as_mut()?;
        let at = (*turn).max(now);
        *turn = at + self.interval;
        (at > now).then_some(at)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Pace {
    fn name(&self) -> &'static str {
        "Pace"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if is_refused_for_its_rate(context.response()) {
            self.keep(Instant::now());
        }
        Ok(())
    }
}

fn is_refused_for_its_rate(response: &HttpResponse) -> bool {
    let status = response.status();
    if status.is_success() {
        return false;
    }
    // What says nothing has no code.
    let body = response.body().bytes().unwrap_or(&[]);
    let refusal = Refusal::of(response.headers(), body);
    let kind = refusal.code().and_then(kind_of_code);
    kind.unwrap_or_else(|| kind_of_status(status.as_u16())) == AwsErrorKind::Throttled
}

/// A client whose requests wait for their turns.
#[derive(Debug)]
struct Paced {
    client: SharedHttpClient,
    pace: Pace,
}

impl HttpClient for Paced {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(PacedConnector { connector, pace: self.pace.clone() })
    }
}

#[derive(Debug)]
struct PacedConnector {
    connector: SharedHttpConnector,
    pace: Pace,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(turn) = self.pace.turn(Instant::now()) else {
            return self.connector.call(request);
        };
        let connector = self.connector.clone();
        HttpConnectorFuture::new(async move {
            tokio::time::sleep_until(turn.into()).await;
            connector.call(request).await
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn answer(status: u16, body: &'static str) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    }

    #[test]
    fn nothing_waits_until_something_was_throttled() {
        let (pace, now) = (Pace::of_rate(20.0), Instant::now());
        assert!((0..100).all(|_| pace.turn(now).is_none()));
    }

    #[test]
    fn after_that_requests_have_turns_just_below_the_rate() {
        let (pace, now) = (Pace::of_rate(20.0), Instant::now());
        pace.clone().keep(now);
        let turns: Vec<Instant> = (0..19).filter_map(|_| pace.turn(now)).collect();
        assert_eq!(turns.len(), 19);
        assert!(turns.windows(2).all(|two| two[1] - two[0] == pace.interval));
        let last = *turns.last().unwrap() - now;
        assert!(
            last >= Duration::from_millis(999) && last <= Duration::from_millis(1001),
            "{last:?}"
        );
    }

    #[test]
    fn who_comes_late_does_not_wait_and_saves_nothing_up() {
        let (pace, now) = (Pace::of_rate(20.0), Instant::now());
        pace.keep(now);
        let late = now + Duration::from_mins(1);
        assert_eq!(pace.turn(late), None);
        assert_eq!(pace.turn(late), Some(late + pace.interval));
    }

    #[test]
    fn what_is_throttled_twice_at_once_moves_no_turn() {
        let (pace, now) = (Pace::of_rate(20.0), Instant::now());
        pace.keep(now);
        assert_eq!(pace.turn(now), Some(now + pace.interval));
        pace.keep(now);
        assert_eq!(pace.turn(now), Some(now + pace.interval * 2));
    }

    #[test]
    fn a_refusal_for_the_rate_is_told_from_others_in_every_spelling() {
        for (response, expected) in [
            (answer(200, r#"{"__type":"ThrottlingException"}"#), false),
            (answer(400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#), true),
            (answer(400, r#"{"__type":"com.amazonaws.ecs#ThrottlingException"}"#), true),
            (answer(429, r#"{"Reason":"CallerRateLimitExceeded"}"#), true),
            (answer(429, ""), true),
            (answer(400, r#"{"__type":"ClientException"}"#), false),
            (answer(403, "<html>"), false),
            (answer(500, ""), false),
        ] {
            assert_eq!(is_refused_for_its_rate(&response), expected, "{response:?}");
        }
    }
}

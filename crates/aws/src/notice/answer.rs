//! One request to a channel, and its answer.

use std::error::Error;
use std::iter::successors;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::byte_stream::ByteStream;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use tokio::time::timeout;

use super::undelivered::{Undelivered, UndeliveredKind};
use crate::sessions::connector;

/// The most of an answer that is read: what `chat.postMessage` answers has the message in it.
const LARGEST: usize = 1 << 20;

/// What a channel answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// How long to wait, where it says so.
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// The connections to channels. Cheap to clone; made once they are needed.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    connector: Arc<OnceLock<SharedHttpConnector>>,
    /// How long a request takes at most, with its answer.
    longest: Duration,
}

impl Connections {
    pub(super) fn within(longest: Duration) -> Self {
        Self { connector: Arc::default(), longest }
    }

    /// Makes a request. A redirect is an answer: it is not followed.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<Answer, Undelivered> {
        let unavailable = |problem: &str| Undelivered::new(UndeliveredKind::Unavailable, problem);
        let connector = self.connector.get_or_init(connector);
        let exchange = async {
            let response = connector.call(request).await;
            let response = response.map_err(|error| unavailable(in_words(&error)))?;
            read(response).await
        };
        match timeout(self.longest, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(unavailable("it did not answer in time")),
        }
    }
}

async fn read(response: HttpResponse) -> Result<Answer, Undelivered> {
    let status = response.status().as_u16();
    let retry_after =
        response.headers().get("retry-after").and_then(|it| wait(it, Timestamp::now()));
    let mut body = Vec::new();
    let mut rest = ByteStream::new(response.into_body());
    while let Some(some) = rest.next().await {
        let some = some
            .map_err(|_| Undelivered::new(UndeliveredKind::Unavailable, "its answer broke off"))?;
        body.extend_from_slice(&some);
        if body.len() > LARGEST {
            return Err(Undelivered::refused("its answer has no end"));
        }
    }
    Ok(Answer { status, retry_after, body })
}

/// The time that `Retry-After` says: seconds, or a date.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#name-retry-after>
fn wait(said: &str, now: Timestamp) -> Option<Duration> {
    let said = said.trim();
    if let Ok(seconds) = said.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTimeParser::new().parse_timestamp(said).ok()?;
    // A date that is over says: at once.
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// What a connection came to, in our own words: those of the client may hold the address.
fn in_words(error: &ConnectorError) -> &'static str {
    if error.is_timeout() {
        return "it did not answer in time";
    }
    let causes = successors(Some(error as &(dyn Error + 'static)), |it| (*it).source());
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    let says = |words: &str| said.iter().any(|it| it.contains(words));
    if says("dns error") || says("failed to lookup") {
        "its host is not found"
    } else if says("refused") {
        "it takes no connections"
    } else if says("certificate") || says("Certificate") {
        "its certificate is not one that this machine trusts"
    } else {
        "the connection broke off"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "2026-11-28T12:00:00Z".parse().unwrap();
        for (said, seconds) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("Sat, 28 Nov 2026 12:01:30 GMT", Some(90)),
            ("Sat, 28 Nov 2026 11:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(wait(said, now), seconds.map(Duration::from_secs), "{said}");
        }
    }
}

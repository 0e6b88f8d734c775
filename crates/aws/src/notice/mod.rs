//! Notices on their way: to a topic of Amazon SNS, and to channels of Slack, Teams and webhooks.
//!
//! Addresses, tokens and keys are secrets: no error, log or record has anything of them.

mod answer;
mod signature;
mod slack;
mod topic;
mod undelivered;

pub use topic::publish;
pub use undelivered::{Undelivered, UndeliveredKind};

use std::borrow::Cow;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::Deadline;
use answer::{Answer, Connections};

/// How often a message is sent that was not taken and might be.
const TRIES: u64 = 4;

/// The pause after the first try; it doubles with each one.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest that a channel may ask to wait: then somebody else has to try again.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// How long a request takes at most, with its answer.
const LONGEST: Duration = Duration::from_secs(20);

/// Our name.
const AGENT: &str = concat!("ecr-sweep/", env!("CARGO_PKG_VERSION"));

/// Where a message goes. Debug shows none of it.
pub enum Address<'a> {
    /// An incoming webhook of Slack, by its address.
    SlackWebhook(&'a str),
    /// Slack's API, with a bot token: the message names its channel.
    SlackToken(&'a str),
    /// A workflow of Teams, by its address.
    TeamsWebhook(&'a str),
    /// Another endpoint, by its address, or by a JSON object with its `url`, and a `key` if what it gets is
    /// to be signed.
    Webhook(&'a str),
}

/// What is in the secret of a webhook.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow, default)]
    key: Option<Cow<'a, str>>,
}

impl<'a> Endpoint<'a> {
    fn of(secret: &'a str) -> Result<Self, Undelivered> {
        if !secret.trim_start().starts_with('{') {
            return Ok(Self { url: secret.into(), key: None });
        }
        // What the error says may be of the secret.
        serde_json::from_str(secret).map_err(|_| {
            Undelivered::refused(
                r#"its secret is neither an address nor a JSON object such as {"url": "https://...", "key": "..."}"#,
            )
        })
    }
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// How often it was sent.
    pub attempts: u64,
    /// Whether it was taken.
    pub outcome: Result<(), Undelivered>,
}

/// Takes messages to channels. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Courier {
    connections: Connections,
    slack: Cow<'static, str>,
    pause: Duration,
    /// Whether addresses of this machine may be without TLS: they are those of tests.
    to_this_machine: bool,
}

impl Default for Courier {
    fn default() -> Self {
        Self {
            connections: Connections::within(LONGEST),
            slack: slack::API.into(),
            pause: PAUSE,
            to_this_machine: false,
        }
    }
}

impl Courier {
    /// One that knows Slack under this address of this machine, and waits for next to nothing.
    #[cfg(feature = "simulators")]
    #[must_use]
    pub fn to_this_machine(slack: String) -> Self {
        Self {
            connections: Connections::within(Duration::from_secs(5)),
            slack: slack.into(),
            pause: Duration::from_millis(1),
            to_this_machine: true,
        }
    }

    /// How long to wait between two messages to one channel: Slack takes one a second.
    ///
    /// <https://docs.slack.dev/apis/web-api/rate-limits>
    #[must_use]
    pub const fn pause(&self) -> Duration {
        self.pause
    }

    /// Sends a message until it is taken, refused, or nobody has time to wait any more. `id` is the same
    /// however often it is sent.
    pub async fn post(
        &self,
        to: &Address<'_>,
        body: &Value,
        id: &str,
        deadline: Deadline,
    ) -> Posted {
        let mut attempts = 0;
        let mut pause = self.pause;
        loop {
            attempts += 1;
            let outcome = self.post_once(to, body, id).await;
            let Err(undelivered) = &outcome else { return Posted { attempts, outcome } };
            let wait = match undelivered.kind() {
                UndeliveredKind::Refused => return Posted { attempts, outcome },
                UndeliveredKind::Throttled(Some(asked)) => asked,
                UndeliveredKind::Throttled(None) | UndeliveredKind::Unavailable => pause,
            };
            let has_time = deadline.left().is_none_or(|left| wait < left);
            if attempts == TRIES || wait > LONGEST_PAUSE || !has_time {
                return Posted { attempts, outcome };
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
    }

    async fn post_once(&self, to: &Address<'_>, body: &Value, id: &str) -> Result<(), Undelivered> {
        let bytes = serde_json::to_vec(body)
            .map_err(|_| Undelivered::refused("the message cannot be written as JSON"))?;
        match to {
            Address::SlackWebhook(url) => slack::webhook_answer(&self.send(url, &[], bytes).await?),
            Address::SlackToken(token) => {
                let authorization = format!("Bearer {}", token.trim());
                let headers = [("authorization", authorization)];
                slack::api_answer(&self.send(&self.slack, &headers, bytes).await?)
            }
            Address::TeamsWebhook(url) => {
                let answer = self.send(url, &[], bytes).await?;
                // 202: the workflow has begun, and posts the message by itself.
                taken(&answer, |status| matches!(status, 200 | 202))
            }
            Address::Webhook(secret) => {
                let endpoint = Endpoint::of(secret)?;
                let seconds = Timestamp::now().as_second();
                let mut headers =
                    vec![("webhook-id", id.to_owned()), ("webhook-timestamp", seconds.to_string())];
                if let Some(key) = &endpoint.key {
                    let signature = signature::signature(key, id, seconds, &bytes);
                    let signature = signature.ok_or_else(|| {
                        Undelivered::refused("the key in its secret is not one: it is empty, or no base64 after whsec_")
                    })?;
                    headers.push(("webhook-signature", signature));
                }
                let answer = self.send(&endpoint.url, &headers, bytes).await?;
                taken(&answer, |status| (200..=299).contains(&status))
            }
        }
    }

    async fn send(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, Undelivered> {
        let url = url.trim();
        let is_good = url.starts_with("https://")
            || (self.to_this_machine && url.starts_with("http://127.0.0.1:"));
        let no_address =
            || Undelivered::refused("its secret holds no address that begins with https://");
        if !is_good {
            return Err(no_address());
        }
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(url).map_err(|_| no_address())?;
        request.set_method("POST").map_err(|_| Undelivered::refused("there is no such method"))?;
        let fixed = [
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("user-agent", AGENT.to_owned()),
        ];
        for (name, value) in fixed.iter().chain(headers) {
            // The value may be a secret: the error is not told.
            request
                .headers_mut()
                .try_insert(*name, value.clone())
                .map_err(|_| Undelivered::refused("its secret holds what no header can hold"))?;
        }
        self.connections.send(request).await
    }
}

fn taken(answer: &Answer, is_good: impl Fn(u16) -> bool) -> Result<(), Undelivered> {
    if is_good(answer.status) {
        return Ok(());
    }
    Err(Undelivered::by_status(answer, None))
}

//! Places that hear of runs, besides the topic.

use serde::{Deserialize, Serialize};

/// A place that hears of runs, as the deployment names it.
///
/// A `secret` is the name or the ARN of a secret in AWS Secrets Manager. What is in it is read when it is
/// needed, and written down nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Channel {
    /// An incoming webhook of Slack: one channel of a workspace hears of every run.
    SlackWebhook {
        /// Holds the webhook's address.
        secret: Box<str>,
    },
    /// A token of a Slack app. Channels that the policy or an owner names hear of their repositories by it.
    SlackToken {
        /// Holds the app's bot token, `xoxb-...`.
        secret: Box<str>,
        /// The channel that hears of every run, by its id or its name; none does if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Box<str>>,
    },
    /// A workflow of Microsoft Teams that begins with a webhook.
    TeamsWebhook {
        /// Holds the workflow's address.
        secret: Box<str>,
    },
    /// Any other endpoint: it gets the notice as a JSON document.
    Webhook {
        /// Holds its address, or a JSON object: `url`, and `key` if the document is to be signed.
        secret: Box<str>,
    },
}

impl Channel {
    /// What the channel is told from others by, in records and logs: its kind, its secret's name, never
    /// what is in it, and the channel in Slack if it names one.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::SlackWebhook { secret } => format!("slack-webhook {secret}"),
            Self::SlackToken { secret, channel: None } => format!("slack-token {secret}"),
            Self::SlackToken { secret, channel: Some(channel) } => {
                format!("slack-token {secret} {channel}")
            }
            Self::TeamsWebhook { secret } => format!("teams-webhook {secret}"),
            Self::Webhook { secret } => format!("webhook {secret}"),
        }
    }

    /// The name or the ARN of its secret.
    #[must_use]
    pub const fn secret(&self) -> &str {
        let (Self::SlackWebhook { secret }
        | Self::SlackToken { secret, .. }
        | Self::TeamsWebhook { secret }
        | Self::Webhook { secret }) = self;
        secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_read_as_a_deployment_writes_them() {
        let text = r#"[
            {"kind": "slack-webhook", "secret": "a"},
            {"kind": "slack-token", "secret": "b"},
            {"kind": "slack-token", "secret": "b", "channel": "C0123"},
            {"kind": "teams-webhook", "secret": "c"},
            {"kind": "webhook", "secret": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:d-AbCdEf"}
        ]"#;
        let channels: Vec<Channel> = serde_json::from_str(text).unwrap();
        let ids: Vec<String> = channels.iter().map(Channel::id).collect();
        assert_eq!(
            ids,
            [
                "slack-webhook a",
                "slack-token b",
                "slack-token b C0123",
                "teams-webhook c",
                "webhook arn:aws:secretsmanager:eu-west-1:111122223333:secret:d-AbCdEf",
            ]
        );
        let again: Vec<Channel> =
            serde_json::from_str(&serde_json::to_string(&channels).unwrap()).unwrap();
        assert_eq!(again, channels);
        assert_eq!(channels[2].secret(), "b");
    }

    #[test]
    fn a_channel_that_says_more_or_less_is_refused() {
        for text in [
            r#"{"kind": "slack-webhook"}"#,
            r#"{"kind": "slack-webhook", "secret": "a", "channel": "b"}"#,
            r#"{"kind": "slack-webhook", "url": "https://hooks.slack.com/services/x"}"#,
            r#"{"kind": "mail", "secret": "a"}"#,
        ] {
            serde_json::from_str::<Channel>(text).unwrap_err();
        }
    }
}

//! Who is told, and in which messages.

use std::borrow::Cow;

use ecr_sweep_aws::notice::Address;
use ecr_sweep_protocol::notice::{
    Channel, WebhookNotice, slack_messages, teams_messages, topic_messages,
};
use serde_json::Value;

use super::{Announcement, Teller};
use crate::functions::message::Message;

/// Somebody who is told something.
pub(super) struct Target<'a> {
    /// What it is told from others by.
    pub(super) id: Box<str>,
    pub(super) to: To<'a>,
    pub(super) message: &'a Message,
    hears_of_every_run: bool,
}

/// Where it is.
pub(super) enum To<'a> {
    Topic(&'a str),
    Channel { channel: Cow<'a, Channel>, secret: &'a str },
}

/// A message as it is sent.
pub(super) enum Body<'a> {
    Topic { subject: Cow<'a, str>, text: Cow<'a, str> },
    Posted(Value),
}

impl Teller<'_> {
    /// Everybody who is told: the topic first, then the deployment's channels, then those of
    /// repositories, sorted.
    pub(super) fn targets<'a>(&'a self, announcement: &'a Announcement<'_>) -> Vec<Target<'a>> {
        let message = &announcement.message;
        let topic = &*self.settings.topic_arn;
        let mut targets = vec![Target {
            id: format!("topic {topic}").into(),
            to: To::Topic(topic),
            message,
            hears_of_every_run: true,
        }];
        let channels = &self.settings.channels;
        let of_every_run =
            channels.iter().filter(|it| !matches!(it, Channel::SlackToken { channel: None, .. }));
        targets.extend(of_every_run.map(|it| Target {
            id: it.id().into(),
            to: To::Channel { channel: Cow::Borrowed(it), secret: it.secret() },
            message,
            hears_of_every_run: true,
        }));
        let token = channels.iter().find_map(|it| match it {
            Channel::SlackToken { secret, .. } => Some(secret),
            _ => None,
        });
        // Where there is no token, the summary warns of it.
        let Some(secret) = token else { return targets };
        for (name, message) in &announcement.owned {
            let channel =
                Channel::SlackToken { secret: secret.clone(), channel: Some(name.clone()) };
            // It has heard all of it.
            if channels.contains(&channel) {
                continue;
            }
            targets.push(Target {
                id: channel.id().into(),
                to: To::Channel { channel: Cow::Owned(channel), secret },
                message,
                hears_of_every_run: false,
            });
        }
        targets
    }
}

impl Target<'_> {
    pub(super) const fn hears_of_every_run(&self) -> bool {
        self.hears_of_every_run
    }

    /// What is said, as it is sent.
    pub(super) fn bodies<'a>(
        &self,
        subject: &str,
        text: &str,
        announcement: &Announcement<'_>,
    ) -> Vec<Body<'a>> {
        let posted = |values: Vec<Value>| values.into_iter().map(Body::Posted).collect();
        let To::Channel { channel, .. } = &self.to else {
            let messages = topic_messages(subject, text).into_iter();
            return messages
                .map(|(subject, text)| Body::Topic { subject: subject.into(), text: text.into() })
                .collect();
        };
        match &**channel {
            Channel::SlackWebhook { .. } => posted(slack_messages(subject, text)),
            Channel::SlackToken { channel, .. } => {
                let mut messages = slack_messages(subject, text);
                for message in &mut messages {
                    message["channel"] = channel.as_deref().into();
                }
                posted(messages)
            }
            Channel::TeamsWebhook { .. } => posted(teams_messages(subject, text)),
            Channel::Webhook { .. } => {
                let document = WebhookNotice {
                    subject: subject.into(),
                    text: text.into(),
                    ..announcement.document.clone()
                };
                match serde_json::to_value(document) {
                    Ok(document) => posted(vec![document]),
                    // It has no map whose keys are no texts.
                    Err(error) => {
                        tracing::error!(%error, "a notice cannot be a document");
                        Vec::new()
                    }
                }
            }
        }
    }

    /// Where it is, with what is in its secret.
    pub(super) fn address<'a>(&'a self, secret: &'a str) -> Address<'a> {
        let To::Channel { channel, .. } = &self.to else { return Address::Webhook(secret) };
        match &**channel {
            Channel::SlackWebhook { .. } => Address::SlackWebhook(secret),
            Channel::SlackToken { .. } => Address::SlackToken(secret),
            Channel::TeamsWebhook { .. } => Address::TeamsWebhook(secret),
            Channel::Webhook { .. } => Address::Webhook(secret),
        }
    }
}

//! Where notices go besides the topic: whether the secrets for it are there and hold what they are to,
//! and whether channels that the policy names are heard. What a secret holds is told nowhere.

use ecr_sweep_aws::secrets::{self, Secret, SecretError};
use ecr_sweep_aws::{AwsError, AwsErrorKind};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::doctor::DoctorCode;
use ecr_sweep_protocol::notice::Channel;
use serde_json::Value;

use super::findings::Findings;
use super::fixes::caller;
use crate::Reading;
use crate::functions::NotifySettings;

/// Looks at what notify is told of channels.
pub(super) async fn look_at_channels(
    reading: &Reading,
    settings: &NotifySettings,
    findings: &mut Findings,
) {
    for channel in &settings.channels {
        look_at_secret(reading, channel, findings).await;
    }
    if reading.policy.names_channels() && !settings.has_slack_token() {
        let problem =
            "the policy names channels of Slack under `notify`, and no `slack-token` is deployed";
        let fix = "put the token of a Slack app into a secret and name it under `notices` (docs/notices.md), or take `notify` out of the policy";
        findings.add(DoctorCode::ChannelUnheard, "notify", problem, fix);
    }
}

async fn look_at_secret(reading: &Reading, channel: &Channel, findings: &mut Findings) {
    let id = channel.secret();
    let unusable = |findings: &mut Findings, problem: String, next: Option<NextStep>| {
        let fix =
            next.map_or_else(|| "look what the message names".to_owned(), |it| it.to_string());
        findings.add(DoctorCode::SecretUnusable, id, problem, fix);
    };
    match secrets::describe(&reading.sessions, id).await {
        Ok(it) if it.is_marked_to_be_deleted => {
            let problem = "it is marked to be deleted, and cannot be read";
            let fix = format!(
                "take it back with `aws secretsmanager restore-secret --secret-id {id}`, or name another one under `notices`"
            );
            return findings.add(DoctorCode::SecretUnusable, id, problem, fix);
        }
        Ok(it) if !it.has_value => {
            let fix = put(id, channel);
            return findings.add(DoctorCode::SecretUnusable, id, "it holds nothing yet", fix);
        }
        Ok(_) => {}
        Err(error) if error.kind == AwsErrorKind::NotFound => {
            return unusable(findings, "there is no such secret".to_owned(), error.next_step());
        }
        Err(error) => {
            return findings.add_not_checked(
                &caller(reading),
                id,
                "whether the secret is there",
                &error,
            );
        }
    }
    match secrets::read(&reading.sessions, id).await {
        Ok(secret) => {
            if let Some(problem) = misfit(channel, &secret) {
                findings.add(DoctorCode::SecretUnusable, id, problem, put(id, channel));
            }
        }
        // Whoever asks the doctor need not be let: notify is.
        Err(SecretError::Unread(error)) if is_denied(&error) => {}
        Err(error) => unusable(findings, error.to_string(), error.next_step()),
    }
}

fn is_denied(error: &AwsError) -> bool {
    error.kind == AwsErrorKind::AccessDenied
}

/// What a secret holds instead of what its channel takes, in words that tell nothing of it.
fn misfit(channel: &Channel, secret: &Secret) -> Option<&'static str> {
    let text = secret.reveal();
    match channel {
        Channel::SlackWebhook { .. } | Channel::TeamsWebhook { .. } => {
            (!is_address(text)).then_some("it holds no `https://` address")
        }
        Channel::SlackToken { .. } => {
            let is_token = text.starts_with("xoxb-") && !text.contains(char::is_whitespace);
            (!is_token).then_some("it holds no bot token of Slack, which begins with `xoxb-`")
        }
        Channel::Webhook { .. } => {
            let document: Value = serde_json::from_str(text).unwrap_or(Value::Null);
            let is_one = is_address(text) || document["url"].as_str().is_some_and(is_address);
            (!is_one)
                .then_some("it holds no `https://` address, and no JSON object whose `url` is one")
        }
    }
}

fn is_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").and_then(|rest| rest.split('/').next());
    host.is_some_and(|it| !it.is_empty()) && !text.contains(char::is_whitespace)
}

fn put(id: &str, channel: &Channel) -> String {
    let what = match channel {
        Channel::SlackWebhook { .. } | Channel::TeamsWebhook { .. } => "the webhook's address",
        Channel::SlackToken { .. } => "the app's bot token",
        Channel::Webhook { .. } => "its address, or a JSON object with `url` and `key`,",
    };
    format!(
        "put {what} there: `aws secretsmanager put-secret-value --secret-id {id} --secret-string file://FILE`"
    )
}

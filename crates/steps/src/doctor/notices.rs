//! Where notices go besides the topic: whether the secrets for it are there, hold what they are to and are
//! open to notify, and whether channels that the policy names are heard. What a secret holds is told nowhere.

use ecr_sweep_aws::secrets::{self, DescribedSecret, Secret, SecretError};
use ecr_sweep_aws::{AwsError, AwsErrorKind, DeploymentReader, WouldDo};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::doctor::DoctorCode;
use ecr_sweep_protocol::notice::Channel;
use serde_json::Value;

use super::findings::Findings;
use super::fixes::{allow, caller};
use crate::Reading;
use crate::functions::NotifySettings;

/// Looks at what notify is told of channels.
pub(super) async fn look_at_channels(
    reading: &Reading,
    reader: &DeploymentReader,
    role: &str,
    settings: &NotifySettings,
    findings: &mut Findings,
) {
    for channel in &settings.channels {
        if let Some(secret) = look_at_secret(reading, channel, findings).await {
            look_at_permissions(reading, reader, role, channel.secret(), &secret, findings).await;
        }
    }
    if reading.policy.names_channels() && !settings.has_slack_token() {
        let problem =
            "the policy names channels of Slack under `notify`, and no `slack-token` is deployed";
        let fix = "put the token of a Slack app into a secret and name it under `notices` (docs/notices.md), or take `notify` out of the policy";
        findings.add(DoctorCode::ChannelUnheard, "notify", problem, fix);
    }
}

/// A secret that is there, if it is, and can be read by whoever may.
async fn look_at_secret(
    reading: &Reading,
    channel: &Channel,
    findings: &mut Findings,
) -> Option<DescribedSecret> {
    let id = channel.secret();
    let unusable = |findings: &mut Findings, problem: String, next: Option<NextStep>| {
        let fix =
            next.map_or_else(|| "look what the message names".to_owned(), |it| it.to_string());
        findings.add(DoctorCode::SecretUnusable, id, problem, fix);
    };
    let described = match secrets::describe(&reading.sessions, id).await {
        Ok(it) if it.is_marked_to_be_deleted => {
            let problem = "it is marked to be deleted, and cannot be read";
            let fix = format!(
                "take it back with `aws secretsmanager restore-secret --secret-id {id}`, or name another one under `notices`"
            );
            findings.add(DoctorCode::SecretUnusable, id, problem, fix);
            return None;
        }
        Ok(it) if !it.has_value => {
            let fix = put(id, channel);
            findings.add(DoctorCode::SecretUnusable, id, "it holds nothing yet", fix);
            return Some(it);
        }
        Ok(it) => it,
        Err(error) if error.kind == AwsErrorKind::NotFound => {
            unusable(findings, "there is no such secret".to_owned(), error.next_step());
            return None;
        }
        Err(error) => {
            let what = "whether the secret is there";
            findings.add_not_checked(&caller(reading), id, what, &error);
            return None;
        }
    };
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
    Some(described)
}

/// Whether the role of notify may read a secret, and decrypt with its key.
async fn look_at_permissions(
    reading: &Reading,
    reader: &DeploymentReader,
    role: &str,
    id: &str,
    secret: &DescribedSecret,
    findings: &mut Findings,
) {
    let arn = &*secret.arn;
    let reads = WouldDo { action: "secretsmanager:GetSecretValue", resource: arn, context: &[] };
    let fix = format!(
        "name it under `notices` of the deployment, or {arn} among its `NoticeSecrets`, and deploy again; or {}",
        allow(&format!("the role {role}"), &[reads.action], arn)
    );
    look_at_permission(reading, reader, role, id, reads, &fix, findings).await;
    let Some(key) = secret.key.as_deref() else { return };
    let (Some(key), Some(region)) = (key_arn(key, arn), arn.split(':').nth(3)) else {
        let problem = format!(
            "cannot check whether notify may decrypt it: its key is named by `{key}`, which IAM does not know"
        );
        let fix = format!(
            "name the key by its ARN: `aws secretsmanager update-secret --secret-id {id} --kms-key-id ARN`"
        );
        return findings.add(DoctorCode::NotChecked, id, problem, fix);
    };
    let suffix = if arn.starts_with("arn:aws-cn:") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let via = format!("secretsmanager.{region}.{suffix}");
    let context = [("kms:ViaService", &*via), ("kms:EncryptionContext:SecretARN", arn)];
    let decrypts = WouldDo { action: "kms:Decrypt", resource: &key, context: &context };
    let fix = format!(
        "name {key} as the `key` of this notice, or among `NoticeKeys`, and deploy again; or let the key's policy allow it"
    );
    look_at_permission(reading, reader, role, id, decrypts, &fix, findings).await;
}

async fn look_at_permission(
    reading: &Reading,
    reader: &DeploymentReader,
    role: &str,
    id: &str,
    would: WouldDo<'_>,
    fix: &str,
    findings: &mut Findings,
) {
    match reader.may(role, would).await {
        Ok(true) => {}
        Ok(false) => {
            let problem =
                format!("the role of notify has no `{}` on {}", would.action, would.resource);
            findings.add(DoctorCode::SecretUnusable, id, problem, fix);
        }
        Err(error) => {
            let what = format!("whether notify has `{}`", would.action);
            findings.add_not_checked(&caller(reading), id, &what, &error);
        }
    }
}

/// The ARN of a key that a secret names by it or by its id. None: by an alias.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>
fn key_arn(key: &str, secret: &str) -> Option<String> {
    if key.contains("alias/") {
        return None;
    }
    if key.starts_with("arn:") {
        return Some(key.to_owned());
    }
    let [arn, partition, _, region, account, ..] = secret.split(':').collect::<Vec<_>>()[..] else {
        return None;
    };
    Some(format!("{arn}:{partition}:kms:{region}:{account}:key/{key}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_arn_or_its_id_and_not_by_an_alias() {
        let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf";
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234";
        assert_eq!(key_arn(arn, secret).as_deref(), Some(arn));
        assert_eq!(key_arn("1234", secret).as_deref(), Some(arn));
        for alias in ["alias/mine", "arn:aws:kms:eu-west-1:111122223333:alias/mine"] {
            assert_eq!(key_arn(alias, secret), None, "{alias}");
        }
    }
}

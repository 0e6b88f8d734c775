//! What a deployment sets, from the environment of its functions.

use std::fmt;
use std::str::FromStr;

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_core::policy::SlackChannel;
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::functions::AtOnce;
use ecr_sweep_protocol::notice::Channel;

use crate::StepError;

/// A setting that is missing, or that says nothing understandable.
#[derive(Debug, thiserror::Error)]
#[error("the setting {name} is not good: {problem}")]
pub struct NotASetting {
    name: &'static str,
    problem: String,
}

impl NotASetting {
    fn new(name: &'static str, problem: impl Into<String>) -> Self {
        Self { name, problem: problem.into() }
    }
}

type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What list-repos has to know.
#[derive(Debug, Clone)]
pub struct ListReposSettings {
    /// Where the policy is.
    pub policy: PolicyLocation,
    /// Whether anything may be deleted.
    pub deletion: bool,
    /// Whether somebody has to approve what is deleted, and who may.
    pub approval: Approval,
    /// The roles whose sessions are named after persons, besides those of IAM Identity Center.
    pub personal_roles: Vec<Box<str>>,
    /// How much may be under way at once.
    pub concurrency: AtOnce,
}

impl ListReposSettings {
    /// Reads the settings.
    pub fn read(environment: Variables<'_>) -> Result<Self, NotASetting> {
        Ok(Self {
            policy: required(environment, "ECR_SWEEP_POLICY")?,
            deletion: is_deletion_enabled(environment)?,
            approval: required(environment, "ECR_SWEEP_APPROVAL")?,
            personal_roles: personal_roles(environment),
            concurrency: AtOnce {
                scopes: required(environment, "ECR_SWEEP_SCOPES_AT_ONCE")?,
                registries: required(environment, "ECR_SWEEP_REGISTRIES_AT_ONCE")?,
                repositories: required(environment, "ECR_SWEEP_REPOSITORIES_AT_ONCE")?,
            },
        })
    }
}

/// Whether somebody has to approve what is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// Nobody.
    None,
    /// Whoever may.
    Required,
    /// Somebody else than who has started it.
    SecondPerson,
}

impl FromStr for Approval {
    type Err = String;

    /// No word is a default: a misspelt one must not skip an approval.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "required" => Ok(Self::Required),
            "second-person" => Ok(Self::SecondPerson),
            _ => Err(format!("`{text}` is neither `none`, `required` nor `second-person`")),
        }
    }
}

/// What delete-batch has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteBatchSettings {
    /// The role that deletes in other accounts, if anything may be deleted.
    pub delete_role: Option<Box<str>>,
    /// The roles whose sessions are named after persons, besides those of IAM Identity Center.
    pub personal_roles: Vec<Box<str>>,
}

impl DeleteBatchSettings {
    /// Reads the settings.
    pub fn read(environment: Variables<'_>) -> Result<Self, NotASetting> {
        let delete_role = is_deletion_enabled(environment)?
            .then(|| required::<String>(environment, "ECR_SWEEP_DELETE_ROLE"));
        let delete_role = delete_role.transpose()?.map(Into::into);
        Ok(Self { delete_role, personal_roles: personal_roles(environment) })
    }
}

/// What notify has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifySettings {
    /// Who is told.
    pub topic_arn: String,
    /// Who else is told.
    pub channels: Vec<Channel>,
}

impl NotifySettings {
    /// Reads the settings.
    pub fn read(environment: Variables<'_>) -> Result<Self, NotASetting> {
        let topic_arn = required(environment, "ECR_SWEEP_TOPIC_ARN")?;
        Ok(Self { topic_arn, channels: channels(environment)? })
    }

    /// Whether anything can be written to channels of Slack by their names.
    #[must_use]
    pub fn has_slack_token(&self) -> bool {
        self.channels.iter().any(|it| matches!(it, Channel::SlackToken { .. }))
    }
}

/// Where the policy is: an object of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyLocation {
    store: StoreLocation,
    key: Box<str>,
}

impl PolicyLocation {
    /// The policy's text.
    pub async fn read(&self, sessions: &Sessions) -> Result<String, StepError> {
        let store = self.store.open_own(sessions);
        let Some(stored) = store.get(&self.key).await? else {
            return Err(StepError::InvalidRequest {
                problem: format!("there is no policy at {self}"),
                next: NextStep::PutPolicy,
            });
        };
        String::from_utf8(stored.bytes).map_err(|error| StepError::InvalidRequest {
            problem: format!("the policy at {self} is no UTF-8 text: {error}"),
            next: NextStep::EncodePolicy,
        })
    }
}

impl FromStr for PolicyLocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("`{text}` is no s3://BUCKET/KEY");
        let (folder, key) = text.rsplit_once('/').ok_or_else(expected)?;
        let store: StoreLocation = folder.parse().map_err(|error| format!("{error}"))?;
        if key.is_empty() || !matches!(store, StoreLocation::Bucket(_)) {
            return Err(expected());
        }
        Ok(Self { store, key: key.into() })
    }
}

impl fmt::Display for PolicyLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.store {
            StoreLocation::Bucket(location) => write!(f, "{location}/{}", self.key),
            StoreLocation::Folder(path) => write!(f, "{}/{}", path.display(), self.key),
        }
    }
}

const NOTICES: &str = "ECR_SWEEP_NOTICES";

/// Where notices go besides the topic; nowhere, where a deployment names nothing.
fn channels(environment: Variables<'_>) -> Result<Vec<Channel>, NotASetting> {
    let Some(text) = environment(NOTICES) else { return Ok(Vec::new()) };
    let items: Vec<serde_json::Value> = serde_json::from_str(&text)
        .map_err(|error| NotASetting::new(NOTICES, format!("it is no list in JSON: {error}")))?;
    let mut channels: Vec<Channel> = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let channel = serde_json::from_value(item).map_err(|error| error.to_string());
        let channel = channel.and_then(|channel| fits(channel, &channels));
        channels.push(channel.map_err(|it| NotASetting::new(NOTICES, format!("[{at}]: {it}")))?);
    }
    Ok(channels)
}

/// One more channel, if it can be told beside these.
fn fits(channel: Channel, others: &[Channel]) -> Result<Channel, String> {
    let is_token = |it: &Channel| matches!(it, Channel::SlackToken { .. });
    if !is_secret(channel.secret()) {
        return Err(format!("`{}` is no name and no ARN of a secret", channel.secret()));
    }
    if let Channel::SlackToken { channel: Some(name), .. } = &channel {
        name.parse::<SlackChannel>().map_err(|error| format!("`{name}`: {error}"))?;
    }
    match others.iter().position(|other| *other == channel) {
        Some(other) => Err(format!("it is [{other}] once more")),
        None if is_token(&channel) && others.iter().any(is_token) => {
            Err("it is a second token of Slack, and channels are written to by one".to_owned())
        }
        None => Ok(channel),
    }
}

/// Whether a secret may be called so: a name, or an ARN.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
fn is_secret(id: &str) -> bool {
    let (["arn", _, "secretsmanager", _, _, "secret", name] | [name]) =
        id.split(':').collect::<Vec<_>>()[..]
    else {
        return false;
    };
    let is_of_name = |it: u8| it.is_ascii_alphanumeric() || b"/_+=.@-".contains(&it);
    (1..=512).contains(&name.len()) && name.bytes().all(is_of_name)
}

fn is_deletion_enabled(environment: Variables<'_>) -> Result<bool, NotASetting> {
    one_of(environment, "ECR_SWEEP_DELETION", "enabled", "disabled")
}

/// None, where nobody names any: then only sessions of IAM Identity Center are persons.
fn personal_roles(environment: Variables<'_>) -> Vec<Box<str>> {
    let named = environment("ECR_SWEEP_PERSONAL_ROLES").unwrap_or_default();
    named.split(',').map(str::trim).filter(|it| !it.is_empty()).map(Into::into).collect()
}

fn required<T: FromStr<Err: ToString>>(
    environment: Variables<'_>,
    name: &'static str,
) -> Result<T, NotASetting> {
    let text = environment(name).ok_or_else(|| NotASetting::new(name, "it is not set"))?;
    text.parse().map_err(|error: T::Err| NotASetting::new(name, error.to_string()))
}

/// Neither word is a default: a misspelt one must not delete.
fn one_of(
    environment: Variables<'_>,
    name: &'static str,
    yes: &str,
    no: &str,
) -> Result<bool, NotASetting> {
    let text: String = required(environment, name)?;
    match text.as_str() {
        text if text == yes => Ok(true),
        text if text == no => Ok(false),
        text => Err(NotASetting::new(name, format!("`{text}` is neither `{yes}` nor `{no}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "ECR_SWEEP_POLICY" => "s3://bucket/policies/prod.yaml",
            "ECR_SWEEP_DELETION" => "disabled",
            "ECR_SWEEP_APPROVAL" => "required",
            "ECR_SWEEP_TOPIC_ARN" => "arn:aws:sns:eu-west-1:111122223333:t",
            _ if name.ends_with("AT_ONCE") => "4",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn settings_are_read() {
        let settings = ListReposSettings::read(&environment).unwrap();
        assert_eq!(settings.policy.to_string(), "s3://bucket/policies/prod.yaml");
        assert_eq!((settings.deletion, settings.approval), (false, Approval::Required));
        assert_eq!(settings.personal_roles, Vec::<Box<str>>::new());
        assert_eq!(settings.concurrency, AtOnce { scopes: 4, registries: 4, repositories: 4 });
        assert_eq!(DeleteBatchSettings::read(&environment).unwrap().delete_role, None);
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        for (name, value) in [
            ("ECR_SWEEP_DELETION", "true"),
            ("ECR_SWEEP_APPROVAL", ""),
            ("ECR_SWEEP_APPROVAL", "second-persons"),
            ("ECR_SWEEP_POLICY", "policy.yaml"),
            ("ECR_SWEEP_POLICY", "s3://bucket"),
            ("ECR_SWEEP_SCOPES_AT_ONCE", "many"),
        ] {
            let misspelt = |asked: &str| {
                if asked == name { Some(value.to_owned()) } else { environment(asked) }
            };
            let error = ListReposSettings::read(&misspelt).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn who_may_delete_has_to_know_the_role_that_deletes_elsewhere() {
        let enabled = |name: &str| match name {
            "ECR_SWEEP_DELETION" => Some("enabled".to_owned()),
            name => environment(name),
        };
        let error = DeleteBatchSettings::read(&enabled).unwrap_err();
        assert!(error.to_string().contains("ECR_SWEEP_DELETE_ROLE"), "{error}");
        let named = |name: &str| match name {
            "ECR_SWEEP_DELETE_ROLE" => Some("platform/Delete".to_owned()),
            name => enabled(name),
        };
        let settings = DeleteBatchSettings::read(&named).unwrap();
        assert_eq!(settings.delete_role.as_deref(), Some("platform/Delete"));
    }

    #[test]
    fn a_setting_that_is_not_there_is_refused() {
        let error = NotifySettings::read(&|_| None).unwrap_err();
        assert_eq!(error.to_string(), "the setting ECR_SWEEP_TOPIC_ARN is not good: it is not set");
    }

    /// The settings of notify where this is said of channels.
    fn told(notices: &str) -> Result<NotifySettings, String> {
        let read = |name: &str| match name {
            NOTICES => Some(notices.to_owned()),
            name => environment(name),
        };
        NotifySettings::read(&read).map_err(|error| error.to_string())
    }

    #[test]
    fn channels_are_a_list_and_none_where_nothing_is_said() {
        let without = NotifySettings::read(&environment).unwrap();
        assert!(without.channels.is_empty() && !without.has_slack_token());
        assert_eq!(told("[]").unwrap(), without);
        let hooks = r#"[{"kind":"teams-webhook","secret":"notices/teams"}]"#;
        assert!(!told(hooks).unwrap().has_slack_token());
        let both = r##"[{"kind":"webhook","secret":"a"},{"kind":"slack-token","secret":"b","channel":"#ops"}]"##;
        let settings = told(both).unwrap();
        assert_eq!((settings.channels.len(), settings.has_slack_token()), (2, true));
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a/b-AbCdEf";
        assert!(told(&format!(r#"[{{"kind":"slack-webhook","secret":"{arn}"}}]"#)).is_ok());
    }

    #[test]
    fn a_channel_that_is_not_understood_is_refused_with_its_place() {
        for (notices, problem) in [
            ("", "it is no list in JSON: EOF"),
            ("{}", "it is no list in JSON: invalid type: map"),
            (
                r#"[{"kind":"webhook","secret":"a"},{"kind":"mail","secret":"a"}]"#,
                "[1]: unknown variant `mail`",
            ),
            (r#"[{"kind":"webhook"}]"#, "[0]: missing field `secret`"),
            (r#"[{"kind":"webhook","secret":"a","url":"b"}]"#, "[0]: unknown field `url`"),
            (r#"[{"kind":"webhook","secret":""}]"#, "[0]: `` is no name"),
            (
                r#"[{"kind":"webhook","secret":"https://example.com"}]"#,
                "[0]: `https://example.com` is no name",
            ),
            (
                r#"[{"kind":"webhook","secret":"a"},{"kind":"webhook","secret":"a"}]"#,
                "[1]: it is [0] once more",
            ),
            (
                r#"[{"kind":"slack-token","secret":"a","channel":"ops"}]"#,
                "[0]: `ops`: it is neither the name",
            ),
            (
                r#"[{"kind":"slack-token","secret":"a"},{"kind":"slack-token","secret":"b"}]"#,
                "[1]: it is a second token of Slack",
            ),
        ] {
            let error = told(notices).unwrap_err();
            assert!(
                error.contains(&format!("ECR_SWEEP_NOTICES is not good: {problem}")),
                "{error}"
            );
        }
    }
}

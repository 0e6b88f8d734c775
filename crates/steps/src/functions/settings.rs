//! What a deployment sets, from the environment of its functions.

use std::fmt;
use std::str::FromStr;

use ecr_sweep_aws::Sessions;
use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::functions::AtOnce;

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
}

impl NotifySettings {
    /// Reads the settings.
    pub fn read(environment: Variables<'_>) -> Result<Self, NotASetting> {
        Ok(Self { topic_arn: required(environment, "ECR_SWEEP_TOPIC_ARN")? })
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
}

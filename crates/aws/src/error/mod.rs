//! What goes wrong with calls to AWS.

mod kind;

pub use kind::AwsErrorKind;
pub(crate) use kind::{
    is_about_credentials, is_code_of_expiry, kind_of_code, kind_of_status, speaks_of_expiry,
    speaks_of_no_host,
};

use std::error::Error;
use std::fmt;
use std::iter::successors;

use ecr_sweep_core::{Account, Place, Region, Remedy};
use ecr_sweep_protocol::{NextStep, SecretProblem};

/// The error of any crate, as it is passed on.
pub(crate) type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// A call to AWS that did not give what it was made for.
#[derive(Debug)]
pub struct AwsError {
    /// The service, as IAM spells it: `ecr`.
    pub service: &'static str,
    /// The operation: `DescribeImages`.
    pub operation: &'static str,
    /// The account, once it is known.
    pub account: Option<Account>,
    /// The Region.
    pub region: Option<Region>,
    /// What the call was about: a repository, a function, a cluster.
    pub object: Option<Box<str>>,
    /// What to do about it depends on this.
    pub kind: AwsErrorKind,
    pub(crate) answer: Box<Answer>,
}

/// What the service said, or what kept it from saying anything.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) code: Option<Box<str>>,
    pub(crate) message: Option<Box<str>>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) source: Option<BoxError>,
}

/// An answer that lacks what the API documents, or says what this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer cannot be read: {problem}")]
pub struct UnreadableAnswer {
    /// What is wrong with it.
    pub problem: Box<str>,
}

/// There is no profile of this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no profile `{0}`")]
pub(crate) struct NoProfile(pub(crate) Box<str>);

impl UnreadableAnswer {
    /// The first of these errors that is one.
    pub(crate) fn among_sources<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        successors(Some(error), |error| (*error).source())
            .find_map(|error| error.downcast_ref::<Self>())
    }
}

impl AwsError {
    /// The account and Region, once both are known.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        Some(Place { account: self.account.clone()?, region: self.region.clone()? })
    }

    /// The service's error code, such as `RepositoryNotFoundException`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.answer.code.as_deref()
    }

    /// What the service said, in its own words.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.answer.message.as_deref()
    }

    /// Whether AWS said no, or was never asked: what was asked for is not done. A call without an
    /// answer, or with one that cannot be read, may have been done.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self.kind {
            AwsErrorKind::Throttled
            | AwsErrorKind::AccessDenied
            | AwsErrorKind::NotFound
            | AwsErrorKind::InvalidRequest
            | AwsErrorKind::Quota
            | AwsErrorKind::Credentials => true,
            AwsErrorKind::Unavailable | AwsErrorKind::Internal => false,
        }
    }

    /// The service's id of the request, for AWS Support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.answer.request_id.as_deref()
    }

    /// The first of these errors that is a call's own, as an error by itself. What led to it is
    /// told in its message.
    pub(crate) fn among_sources(error: &(dyn Error + 'static)) -> Option<Self> {
        successors(Some(error), |error| (*error).source())
            .find_map(|error| error.downcast_ref::<Self>())
            .map(Self::again)
    }

    /// The same error once more. What led to it is told in its message.
    pub(crate) fn again(&self) -> Self {
        let causes: Vec<String> =
            successors(self.source(), |error| (*error).source()).map(ToString::to_string).collect();
        let message = match &self.answer.message {
            None if !causes.is_empty() => Some(causes.join(": ").into()),
            message => message.clone(),
        };
        let answer = Answer {
            code: self.answer.code.clone(),
            message,
            request_id: self.answer.request_id.clone(),
            source: None,
        };
        Self {
            service: self.service,
            operation: self.operation,
            account: self.account.clone(),
            region: self.region.clone(),
            object: self.object.clone(),
            kind: self.kind,
            answer: Box::new(answer),
        }
    }

    /// Whether a token that has expired is what keeps the call from succeeding.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        let mut causes = successors(self.source(), |error| (*error).source());
        self.kind == AwsErrorKind::Credentials
            && (self.code().is_some_and(is_code_of_expiry)
                || self.message().is_some_and(|text| text.contains("expired"))
                || causes.any(|cause| speaks_of_expiry(&cause.to_string())))
    }

    /// Whether there was no host of the name that the call was for: whoever resolves names knows
    /// that there is none, and did not merely fail to answer.
    pub(crate) fn found_no_host(&self) -> bool {
        let causes = successors(self.source(), |error| (*error).source());
        self.kind == AwsErrorKind::Unavailable
            && causes.last().is_some_and(|cause| speaks_of_no_host(&cause.to_string()))
    }

    /// Whether the endpoint does not know the operation: it is one of a newer API.
    #[must_use]
    pub fn is_unknown_operation(&self) -> bool {
        self.code().is_some_and(|code| code.starts_with("UnknownOperation"))
    }

    /// Whether a policy of the organization forbids the call: no permission of the caller's helps.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
    #[must_use]
    pub fn is_denied_by_organization(&self) -> bool {
        self.kind == AwsErrorKind::AccessDenied
            && self.message().is_some_and(|text| text.contains("service control policy"))
    }

    /// Whether credentials of an account were asked for in a Region that the account has not enabled:
    /// it is the account of the role that has to, not the caller's.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html>
    fn is_region_disabled(&self) -> bool {
        self.code().is_some_and(|code| code.starts_with("RegionDisabled"))
    }

    /// What lets the call succeed, where anything is known to.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        let action = || format!("{}:{}", self.service, self.operation).into();
        let is_about_organization = self.service == "organizations";
        Some(match self.kind {
            AwsErrorKind::AccessDenied if self.operation == "AssumeRole" => {
                let role = self.object.clone()?;
                match (self.is_region_disabled(), account_of(&role), &self.region) {
                    (true, Some(account), Some(region)) => {
                        Remedy::EnableRegion { account, region: region.clone() }
                    }
                    _ => Remedy::AllowRole { role },
                }
            }
            AwsErrorKind::AccessDenied if is_about_organization => {
                Remedy::AllowInOrganization { action: action() }
            }
            AwsErrorKind::AccessDenied => {
                Remedy::Allow { action: action(), account: self.account.clone() }
            }
            AwsErrorKind::InvalidRequest if is_about_organization => Remedy::NameConsumers {},
            AwsErrorKind::Credentials => Remedy::RenewCredentials {},
            AwsErrorKind::Throttled => Remedy::SlowDown {},
            AwsErrorKind::Quota => Remedy::RaiseQuota {},
            AwsErrorKind::Unavailable => Remedy::CheckConnection {},
            AwsErrorKind::NotFound | AwsErrorKind::InvalidRequest | AwsErrorKind::Internal => {
                return None;
            }
        })
    }

    /// What keeps a secret from being read that only its owner can mend.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors>
    fn secret_problem(&self) -> Option<SecretProblem> {
        if self.service != "secretsmanager" {
            return None;
        }
        match (self.code(), self.kind) {
            (Some("DecryptionFailure"), _) => Some(SecretProblem::Key),
            (Some("InvalidRequestException"), _) => Some(SecretProblem::Removed),
            (_, AwsErrorKind::NotFound) => Some(SecretProblem::Absent),
            (_, AwsErrorKind::AccessDenied) => Some(SecretProblem::Denied),
            _ => None,
        }
    }

    /// What whoever reads the error can do next, where there is anything.
    #[must_use]
    pub fn next_step(&self) -> Option<NextStep> {
        if self.source().is_some_and(<dyn Error>::is::<NoProfile>) {
            return Some(NextStep::NameProfile);
        }
        if self.kind == AwsErrorKind::NotFound && self.service == "ecr" {
            return Some(NextStep::LookUpRepositories { region: self.region.clone()? });
        }
        if let (Some(problem), Some(id)) = (self.secret_problem(), &self.object) {
            return Some(NextStep::MendSecret { id: id.clone(), problem });
        }
        self.remedy().map(NextStep::from)
    }
}

/// The account of a role, by its ARN.
fn account_of(role: &str) -> Option<Account> {
    role.split(':').nth(4)?.parse().ok()
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.operation)?;
        if let Some(object) = &self.object {
            write!(f, " of `{object}`")?;
        }
        match (&self.account, &self.region) {
            (Some(account), Some(region)) => write!(f, " in {account}/{region}")?,
            (Some(account), None) => write!(f, " in {account}")?,
            (None, Some(region)) => write!(f, " in {region}")?,
            (None, None) => {}
        }
        let in_words = if self.is_expired() {
            "was signed with a token that has expired"
        } else {
            self.kind.in_words()
        };
        write!(f, " {in_words}")?;
        match (self.code(), self.message()) {
            (Some(code), Some(message)) => write!(f, ": {code}: {message}")?,
            (Some(text), None) | (None, Some(text)) => write!(f, ": {text}")?,
            (None, None) => {}
        }
        match self.request_id() {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl Error for AwsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.answer.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

//! What goes wrong with calls to AWS.

mod kind;

pub use kind::AwsErrorKind;
pub(crate) use kind::{is_about_credentials, kind_of_code, kind_of_status};

use std::error::Error;
use std::fmt;
use std::iter::successors;

use ecr_sweep_core::{Account, Place, Region};

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

    /// The service's id of the request, for AWS Support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.answer.request_id.as_deref()
    }

    /// The first of these errors that is a call's own, as an error by itself. What led to it is
    /// told in its message.
    pub(crate) fn among_sources(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut sources = successors(Some(error), |error| (*error).source());
        let found = sources.find_map(|error| error.downcast_ref::<Self>())?;
        let causes: Vec<String> = sources.map(ToString::to_string).collect();
        let message = match &found.answer.message {
            None if !causes.is_empty() => Some(causes.join(": ").into()),
            message => message.clone(),
        };
        let answer = Answer {
            code: found.answer.code.clone(),
            message,
            request_id: found.answer.request_id.clone(),
            source: None,
        };
        Some(Self {
            service: found.service,
            operation: found.operation,
            account: found.account.clone(),
            region: found.region.clone(),
            object: found.object.clone(),
            kind: found.kind,
            answer: Box::new(answer),
        })
    }

    /// The next step of whoever reads the error, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let Self { service, operation, .. } = self;
        match self.kind {
            AwsErrorKind::AccessDenied if *operation == "AssumeRole" => Some(
                "make the role in that account if it is not there, let its trust policy name the caller, and allow the caller sts:AssumeRole on it: docs/permissions.md has both policies"
                    .to_owned(),
            ),
            AwsErrorKind::AccessDenied if *service == "organizations" => Some(format!(
                "allow {service}:{operation} to the caller, in the organization's management account or one that it has made a delegated administrator"
            )),
            AwsErrorKind::InvalidRequest if *service == "organizations" => Some(
                "an account of no organization has to name the accounts that may pull, in the policy's `scope.consumers.accounts`"
                    .to_owned(),
            ),
            AwsErrorKind::AccessDenied => {
                let wherever = match &self.account {
                    Some(account) => format!(" in account {account}"),
                    None => String::new(),
                };
                Some(format!(
                    "allow {service}:{operation} to the caller{wherever}: `aws sts get-caller-identity` shows who that is"
                ))
            }
            AwsErrorKind::Credentials => Some(
                "run `aws sso login`, or choose credentials with `--profile` or AWS_PROFILE; `aws sts get-caller-identity` tells whether they work"
                    .to_owned(),
            ),
            AwsErrorKind::Throttled => Some(
                "the account's request rate is used up: run again later, or with a lower concurrency"
                    .to_owned(),
            ),
            AwsErrorKind::Quota => Some(
                "ask AWS to raise the quota, or give something up that counts for it: the Service Quotas console has both numbers"
                    .to_owned(),
            ),
            AwsErrorKind::Unavailable => Some(
                "check the network, the Region and AWS_ENDPOINT_URL, then run again".to_owned(),
            ),
            AwsErrorKind::NotFound if *service == "ecr" => self.region.as_ref().map(|region| {
                format!("`aws ecr describe-repositories --region {region}` lists what there is")
            }),
            AwsErrorKind::NotFound | AwsErrorKind::InvalidRequest | AwsErrorKind::Internal => None,
        }
    }
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
        write!(f, " {}", self.kind.in_words())?;
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

//! One call to a registry, as `CloudTrail` records it.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html>
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use ecr_sweep_core::{Digest, RepositoryId};
use jiff::Timestamp;
use serde::Deserialize;

use crate::sessions::{APPLICATION, SessionName};

/// Who made a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// The role behind a session, the user, the service, or the account.
    pub principal: Box<str>,
    /// The name of the session, of an assumed role.
    pub session: Option<Box<str>>,
    /// The service that called for somebody, or else the address that the call came from.
    pub from: Option<Box<str>>,
    /// Whether ecr-sweep made the call: by its name for sessions, or for itself.
    pub is_own: bool,
}

/// An event that does not say what has to be known of it.
#[derive(Debug)]
pub(super) struct NotReadable;

/// A call, as it is recorded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) event_time: Timestamp,
    event_source: String,
    pub(super) event_name: String,
    recipient_account_id: Option<String>,
    user_identity: Identity,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: Option<Box<str>>,
    user_agent: Option<String>,
    error_code: Option<String>,
    request_parameters: Option<Parameters>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    repository_name: Option<Box<str>>,
    registry_id: Option<String>,
    image_ids: Option<Vec<ImageId>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImageId {
    image_tag: Option<Box<str>>,
    image_digest: Option<Digest>,
}

/// The images that a call was about, by whatever it named them.
#[derive(Debug, Default)]
pub(super) struct ImageNames {
    pub(super) tags: Vec<Box<str>>,
    pub(super) digests: Vec<Digest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    arn: Option<Box<str>>,
    account_id: Option<Box<str>>,
    principal_id: Option<Box<str>>,
    invoked_by: Option<Box<str>>,
    session_context: Option<SessionContext>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionContext {
    session_issuer: Option<Issuer>,
}

#[derive(Deserialize)]
struct Issuer {
    arn: Option<Box<str>>,
}

impl Record {
    pub(super) fn read(text: &str) -> Result<Self, NotReadable> {
        serde_json::from_str(text).map_err(|_| NotReadable)
    }

    /// Whether it is a call to this service, and was not refused.
    pub(super) fn is_done_in_ecr(&self) -> bool {
        self.event_source == "ecr.amazonaws.com" && self.error_code.is_none()
    }

    /// The repository that the call was about.
    pub(super) fn repository(&self) -> Result<&str, NotReadable> {
        let parameters = self.request_parameters.as_ref();
        parameters.and_then(|it| it.repository_name.as_deref()).ok_or(NotReadable)
    }

    /// The images that the call was about. Where tag and digest are given, the digest decides.
    pub(super) fn images(&self) -> Result<ImageNames, NotReadable> {
        let parameters = self.request_parameters.as_ref();
        let ids = parameters.and_then(|it| it.image_ids.as_deref()).ok_or(NotReadable)?;
        let mut names = ImageNames::default();
        for id in ids {
            match (id.image_digest, &id.image_tag) {
                (Some(digest), _) => names.digests.push(digest),
                (None, Some(tag)) => names.tags.push(tag.clone()),
                (None, None) => return Err(NotReadable),
            }
        }
        Ok(names)
    }

    /// Whether the call was about the registry of a repository. Whoever names none means that of its
    /// own account.
    pub(super) fn is_of_registry(&self, repository: &RepositoryId) -> bool {
        let parameters = self.request_parameters.as_ref();
        let registry = parameters
            .and_then(|it| it.registry_id.as_deref())
            .or(self.user_identity.account_id.as_deref())
            .or(self.recipient_account_id.as_deref());
        registry.is_none_or(|registry| registry == repository.registry.account.as_str())
    }

    /// Who made the call, if the event says so.
    pub(super) fn caller(self) -> Result<Caller, NotReadable> {
        let Identity { arn, account_id, principal_id, invoked_by, session_context } =
            self.user_identity;
        let role = session_context.and_then(|context| context.session_issuer?.arn);
        let session: Option<Box<str>> = arn
            .as_deref()
            .filter(|arn| arn.contains(":assumed-role/"))
            .and_then(|arn| Some(arn.rsplit_once('/')?.1.into()));
        let is_own = session.as_deref().is_some_and(SessionName::is_own)
            || self.user_agent.as_deref().is_some_and(names_us);
        let from = invoked_by.clone().or(self.source_ip_address);
        let principal = role.or(arn).or_else(|| invoked_by.clone()).or(principal_id).or(account_id);
        Ok(Caller { principal: principal.ok_or(NotReadable)?, session, from, is_own })
    }
}

/// Whether a user agent has our name in the place that the SDKs have for it.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html>
fn names_us(agent: &str) -> bool {
    let own = format!("app/{APPLICATION}");
    agent.split([' ', '[', ']']).any(|word| word == own)
}

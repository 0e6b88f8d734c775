//! One event, as `CloudTrail` records it.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html>
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use ecr_sweep_core::{Digest, RepositoryId};
use jiff::Timestamp;
use serde::Deserialize;

use crate::sessions::{APPLICATION, SessionName};

/// One call that pulled from a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub caller: Caller,
    /// What was pulled.
    pub pulled: Pulled,
}

/// What a call pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// Manifests, by these tags and digests.
    Images {
        /// The tags, whatever image they were on then.
        tags: Vec<Box<str>>,
        /// The digests.
        digests: Vec<Digest>,
    },
    /// One layer: of which image, the event does not say.
    Layer,
}

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_time: Timestamp,
    event_source: String,
    event_name: String,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity {
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

/// The pull that an event records, if it is one from this repository. A call that was refused
/// pulled nothing.
pub(super) fn read(text: &str, repository: &RepositoryId) -> Result<Option<Pull>, NotReadable> {
    let record: Record = serde_json::from_str(text).map_err(|_| NotReadable)?;
    if record.event_source != "ecr.amazonaws.com" || record.error_code.is_some() {
        return Ok(None);
    }
    let parameters = record.request_parameters.ok_or(NotReadable)?;
    let name = parameters.repository_name.ok_or(NotReadable)?;
    let identity = record.user_identity;
    // Whoever names no registry means that of its own account.
    let registry = parameters
        .registry_id
        .as_deref()
        .or(identity.account_id.as_deref())
        .or(record.recipient_account_id.as_deref());
    let is_here = registry.is_none_or(|registry| registry == repository.registry.account.as_str());
    if *name != *repository.name || !is_here {
        return Ok(None);
    }
    let pulled = if record.event_name == "BatchGetImage" {
        let ids = parameters.image_ids.ok_or(NotReadable)?;
        let (mut tags, mut digests) = (Vec::new(), Vec::new());
        for id in ids {
            // Where both are given, the digest decides.
            match (id.image_digest, id.image_tag) {
                (Some(digest), _) => digests.push(digest),
                (None, Some(tag)) => tags.push(tag),
                (None, None) => return Err(NotReadable),
            }
        }
        Pulled::Images { tags, digests }
    } else {
        Pulled::Layer
    };
    let agent = record.user_agent.as_deref();
    let caller = caller(identity, record.source_ip_address, agent).ok_or(NotReadable)?;
    Ok(Some(Pull { at: record.event_time, caller, pulled }))
}

/// Who made a call, if the event says so.
pub(super) fn caller(
    identity: Identity,
    address: Option<Box<str>>,
    agent: Option<&str>,
) -> Option<Caller> {
    let Identity { arn, account_id, principal_id, invoked_by, session_context } = identity;
    let role = session_context.and_then(|context| context.session_issuer?.arn);
    let session: Option<Box<str>> = arn
        .as_deref()
        .filter(|arn| arn.contains(":assumed-role/"))
        .and_then(|arn| Some(arn.rsplit_once('/')?.1.into()));
    let is_own = session.as_deref().is_some_and(SessionName::is_own) || agent.is_some_and(names_us);
    let from = invoked_by.clone().or(address);
    let principal = role.or(arn).or_else(|| invoked_by.clone()).or(principal_id).or(account_id)?;
    Some(Caller { principal, session, from, is_own })
}

/// Whether a user agent has our name in the place that the SDKs have for it.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html>
fn names_us(agent: &str) -> bool {
    let own = format!("app/{APPLICATION}");
    agent.split([' ', '[', ']']).any(|word| word == own)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn repository() -> RepositoryId {
        let place = ecr_sweep_core::Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        RepositoryId::new(&place, "dev/app")
    }

    fn event() -> Value {
        json!({
            "eventTime": "2026-10-01T00:00:00Z",
            "eventSource": "ecr.amazonaws.com",
            "eventName": "BatchGetImage",
            "sourceIPAddress": "203.0.113.12",
            "userAgent": "docker/28.0",
            "userIdentity": {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::111122223333:assumed-role/Deploy/i-0abc",
                "accountId": "111122223333",
                "sessionContext": { "sessionIssuer": {
                    "arn": "arn:aws:iam::111122223333:role/Deploy",
                } },
            },
            "requestParameters": {
                "repositoryName": "dev/app",
                "registryId": "111122223333",
                "imageIds": [{ "imageTag": "v1" }],
            },
        })
    }

    fn with(pointer: &str, value: Value) -> Result<Option<Pull>, NotReadable> {
        let mut event = event();
        *event.pointer_mut(pointer).unwrap() = value;
        read(&event.to_string(), &repository())
    }

    #[test]
    fn the_role_behind_a_session_pulled_and_the_session_is_told() {
        let pull = read(&event().to_string(), &repository()).unwrap().unwrap();
        let caller = pull.caller;
        assert_eq!(&*caller.principal, "arn:aws:iam::111122223333:role/Deploy");
        assert_eq!(caller.session.as_deref(), Some("i-0abc"));
        assert_eq!(caller.from.as_deref(), Some("203.0.113.12"));
        assert!(!caller.is_own);
        assert_eq!(pull.pulled, Pulled::Images { tags: vec!["v1".into()], digests: Vec::new() });
    }

    #[test]
    fn a_service_that_pulled_for_itself_is_named() {
        let identity = json!({ "type": "AWSService", "invokedBy": "inspector2.amazonaws.com" });
        let caller = with("/userIdentity", identity).unwrap().unwrap().caller;
        assert_eq!(&*caller.principal, "inspector2.amazonaws.com");
        assert_eq!(caller.from.as_deref(), Some("inspector2.amazonaws.com"));
    }

    #[test]
    fn own_reads_are_known_by_their_session_and_by_their_user_agent() {
        let arn = "arn:aws:sts::111122223333:assumed-role/EcrSweepRead/ecr-sweep";
        for pull in [
            with("/userIdentity/arn", json!(arn)),
            with("/userAgent", json!("aws-sdk-rust/1.3 os/linux lang/rust/1.95 app/ecr-sweep")),
        ] {
            assert!(pull.unwrap().unwrap().caller.is_own);
        }
        let other = with("/userAgent", json!("aws-sdk-rust/1.3 app/ecr-sweeper"));
        assert!(!other.unwrap().unwrap().caller.is_own);
    }

    #[test]
    fn what_is_of_another_repository_or_registry_is_none_of_its_pulls() {
        for (pointer, value) in [
            ("/requestParameters/repositoryName", "dev/app2"),
            ("/requestParameters/registryId", "444455556666"),
            ("/eventSource", "ecr-public.amazonaws.com"),
        ] {
            assert_eq!(with(pointer, json!(value)).unwrap(), None, "{pointer}");
        }
    }

    #[test]
    fn what_an_event_does_not_say_is_not_taken_for_no_pull() {
        for pointer in ["/requestParameters", "/requestParameters/imageIds", "/eventTime"] {
            assert!(with(pointer, Value::Null).is_err(), "{pointer}");
        }
        assert!(read("{", &repository()).is_err());
    }
}

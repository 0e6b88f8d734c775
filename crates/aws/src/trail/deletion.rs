//! Events of images that were deleted: by a lifecycle policy, or by somebody's call.

use jiff::Timestamp;
use serde::Deserialize;

use super::event::{Caller, Identity, NotReadable, caller};

/// Images that a lifecycle policy expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// When.
    pub at: Timestamp,
    /// From which repository.
    pub repository: Box<str>,
    /// How many the event names.
    pub images: u64,
}

/// A call that deleted images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// When.
    pub at: Timestamp,
    /// From which repository.
    pub repository: Box<str>,
    /// Who made it.
    pub caller: Caller,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyExecution {
    event_time: Timestamp,
    service_event_details: Details,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    repository_name: Box<str>,
    lifecycle_event_image_actions: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    event_time: Timestamp,
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
}

/// What a lifecycle policy did, if it expired anything.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html>
pub(super) fn expired(text: &str) -> Result<Option<Expired>, NotReadable> {
    let event: PolicyExecution = serde_json::from_str(text).map_err(|_| NotReadable)?;
    let details = event.service_event_details;
    let images = details.lifecycle_event_image_actions.map_or(0, |images| images.len() as u64);
    let repository = details.repository_name;
    Ok((images > 0).then_some(Expired { at: event.event_time, repository, images }))
}

/// What a call deleted, unless it was refused.
pub(super) fn deleted(text: &str) -> Result<Option<Deleted>, NotReadable> {
    let event: Call = serde_json::from_str(text).map_err(|_| NotReadable)?;
    if event.error_code.is_some() {
        return Ok(None);
    }
    let repository = event.request_parameters.and_then(|it| it.repository_name);
    let repository = repository.ok_or(NotReadable)?;
    let agent = event.user_agent.as_deref();
    let caller = caller(event.user_identity, event.source_ip_address, agent).ok_or(NotReadable)?;
    Ok(Some(Deleted { at: event.event_time, repository, caller }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_lifecycle_policy_that_expired_nothing_deleted_nothing() {
        let event = |actions: Value| {
            let event = json!({
                "eventTime": "2026-10-01T00:00:00Z",
                "userIdentity": { "accountId": "111122223333", "invokedBy": "AWS Internal" },
                "requestParameters": null,
                "serviceEventDetails": {
                    "repositoryName": "dev/app",
                    "lifecycleEventImageActions": actions,
                },
            });
            expired(&event.to_string()).map(|it| it.map(|it| it.images))
        };
        assert_eq!(event(json!([{ "rulePriority": 1 }, {}])).unwrap(), Some(2));
        assert_eq!(event(json!([])).unwrap(), None);
        assert_eq!(event(Value::Null).unwrap(), None);
        assert!(expired("{}").is_err());
    }

    #[test]
    fn a_call_that_was_refused_deleted_nothing() {
        let event = |error: Value| {
            let event = json!({
                "eventTime": "2026-10-01T00:00:00Z",
                "userIdentity": { "arn": "arn:aws:iam::111122223333:user/ops" },
                "requestParameters": { "repositoryName": "dev/app" },
                "errorCode": error,
            });
            deleted(&event.to_string()).unwrap()
        };
        assert_eq!(event(json!("AccessDenied")), None);
        let deleted = event(Value::Null).unwrap();
        assert_eq!(&*deleted.caller.principal, "arn:aws:iam::111122223333:user/ops");
        assert!(!deleted.caller.is_own);
    }
}

//! Events of images that were deleted: by a lifecycle policy, or by somebody's call.

use jiff::Timestamp;
use serde::Deserialize;

use super::record::{Caller, NotReadable, Record};

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
    lifecycle_event_image_actions: Vec<serde::de::IgnoredAny>,
}

/// What a lifecycle policy did, if it expired anything. An event without the list of its images does not
/// say that there are none.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/logging-using-cloudtrail.html>
pub(super) fn expired(text: &str) -> Result<Option<Expired>, NotReadable> {
    let event: PolicyExecution = serde_json::from_str(text).map_err(|_| NotReadable)?;
    let details = event.service_event_details;
    let images = details.lifecycle_event_image_actions.len() as u64;
    let repository = details.repository_name;
    Ok((images > 0).then_some(Expired { at: event.event_time, repository, images }))
}

/// What a call deleted, unless it was refused, or is one to another service.
pub(super) fn deleted(text: &str) -> Result<Option<Deleted>, NotReadable> {
    let record = Record::read(text)?;
    if !record.is_done_in_ecr() {
        return Ok(None);
    }
    let (repository, at) = (record.repository()?.into(), record.event_time);
    Ok(Some(Deleted { at, repository, caller: record.caller()? }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_lifecycle_policy_that_expired_nothing_deleted_nothing_if_it_says_so() {
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
        assert!(event(Value::Null).is_err());
        assert!(expired("{}").is_err());
    }

    #[test]
    fn a_call_that_was_refused_or_is_none_to_this_service_deleted_nothing() {
        let event = |service: &str, error: Value| {
            let event = json!({
                "eventTime": "2026-10-01T00:00:00Z",
                "eventSource": service,
                "eventName": "BatchDeleteImage",
                "userIdentity": { "arn": "arn:aws:iam::111122223333:user/ops" },
                "requestParameters": { "repositoryName": "dev/app" },
                "errorCode": error,
            });
            deleted(&event.to_string()).unwrap()
        };
        assert_eq!(event("ecr.amazonaws.com", json!("AccessDenied")), None);
        assert_eq!(event("ecr-public.amazonaws.com", Value::Null), None);
        let deleted = event("ecr.amazonaws.com", Value::Null).unwrap();
        assert_eq!(&*deleted.caller.principal, "arn:aws:iam::111122223333:user/ops");
        assert!(!deleted.caller.is_own);
    }

    #[test]
    fn a_call_that_does_not_say_what_it_deleted_or_who_made_it_is_not_readable() {
        let event = json!({
            "eventTime": "2026-10-01T00:00:00Z",
            "eventSource": "ecr.amazonaws.com",
            "eventName": "BatchDeleteImage",
            "userIdentity": { "arn": "arn:aws:iam::111122223333:user/ops" },
            "requestParameters": { "repositoryName": "dev/app" },
        });
        assert!(deleted(&event.to_string()).is_ok());
        for pointer in ["/eventTime", "/eventSource", "/requestParameters", "/userIdentity"] {
            let mut event = event.clone();
            *event.pointer_mut(pointer).unwrap() = Value::Null;
            assert!(deleted(&event.to_string()).is_err(), "{pointer}");
        }
    }
}

//! Events of images that were pulled.

use ecr_sweep_core::{Digest, RepositoryId};
use jiff::Timestamp;

use super::record::{Caller, ImageNames, NotReadable, Record};

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

/// The pull that an event records, if it is one from this repository. A call that was refused
/// pulled nothing.
pub(super) fn read(text: &str, repository: &RepositoryId) -> Result<Option<Pull>, NotReadable> {
    let record = Record::read(text)?;
    if !record.is_done_in_ecr() {
        return Ok(None);
    }
    if record.repository()? != &*repository.name || !record.is_of_registry(repository) {
        return Ok(None);
    }
    let pulled = if record.event_name == "BatchGetImage" {
        let ImageNames { tags, digests } = record.images()?;
        Pulled::Images { tags, digests }
    } else {
        Pulled::Layer
    };
    Ok(Some(Pull { at: record.event_time, caller: record.caller()?, pulled }))
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

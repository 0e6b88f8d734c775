//! Events of images that somebody asked for, whether they were there or not.

use ecr_sweep_core::{Digest, Place, RepositoryId};
use jiff::Timestamp;
use serde::Deserialize;

use super::record::{Caller, ImageNames, NotReadable, Record};

/// A call that asked for manifests. Where the images were not there it is recorded like any other:
/// the answer has a row for each that failed, and what a read answered is not recorded.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When, to the second.
    pub at: Timestamp,
    /// In which repository.
    pub repository: Box<str>,
    /// The tags that were asked for.
    pub tags: Vec<Box<str>>,
    /// The digests that were asked for.
    pub digests: Vec<Digest>,
    /// Who asked.
    pub caller: Caller,
}

/// What tells whether a call was refused.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    event_source: String,
    error_code: Option<String>,
}

/// What somebody else asked of this registry. Who may not pull, or named no image, asked for none.
pub(super) fn read(text: &str, registry: &Place) -> Result<Option<Asked>, NotReadable> {
    let ended: Ended = serde_json::from_str(text).map_err(|_| NotReadable)?;
    let is_refused = ended.error_code.is_some_and(|code| !code.contains("NotFound"));
    if ended.event_source != "ecr.amazonaws.com" || is_refused {
        return Ok(None);
    }
    let record = Record::read(text)?;
    let repository = RepositoryId::new(registry, record.repository()?);
    if !record.is_of_registry(&repository) {
        return Ok(None);
    }
    let ImageNames { tags, digests } = record.images()?;
    let (at, caller) = (record.event_time, record.caller()?);
    let is_own = caller.is_own;
    let asked = Asked { at, repository: repository.name, tags, digests, caller };
    Ok((!is_own).then_some(asked))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn digest() -> String {
        format!("sha256:{}", "a".repeat(64))
    }

    fn with(pointer: &str, value: Value) -> Result<Option<Asked>, NotReadable> {
        let mut event = json!({
            "eventTime": "2026-10-01T00:00:00Z",
            "eventSource": "ecr.amazonaws.com",
            "eventName": "BatchGetImage",
            "recipientAccountId": "111122223333",
            "userIdentity": { "arn": "arn:aws:iam::111122223333:user/ci", "accountId": "111122223333" },
            "userAgent": "containerd/2.1",
            "errorCode": null,
            "requestParameters": {
                "registryId": "111122223333",
                "repositoryName": "dev/app",
                "imageIds": [{ "imageTag": "v1" }, { "imageDigest": digest() }],
            },
        });
        *event.pointer_mut(pointer).unwrap() = value;
        let registry = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        read(&event.to_string(), &registry)
    }

    #[test]
    fn who_asks_for_an_image_asks_for_it_whether_it_is_there_or_not() {
        for code in [Value::Null, json!("ImageNotFoundException")] {
            let asked = with("/errorCode", code).unwrap().unwrap();
            assert_eq!((&*asked.repository, &*asked.tags[0]), ("dev/app", "v1"));
            assert_eq!(asked.digests, [digest().parse().unwrap()]);
            assert_eq!(&*asked.caller.principal, "arn:aws:iam::111122223333:user/ci");
        }
    }

    #[test]
    fn our_own_reads_and_what_is_refused_or_of_another_registry_ask_for_nothing() {
        for (pointer, value) in [
            ("/userAgent", "aws-sdk-rust/1.3 app/ecr-sweep"),
            ("/userIdentity/arn", "arn:aws:sts::111122223333:assumed-role/EcrSweepRead/ecr-sweep"),
            ("/errorCode", "AccessDenied"),
            ("/requestParameters/registryId", "444455556666"),
            ("/eventSource", "ecr-public.amazonaws.com"),
        ] {
            assert_eq!(with(pointer, value.into()).unwrap(), None, "{pointer}");
        }
    }

    #[test]
    fn what_was_refused_may_name_no_image_at_all() {
        let ids = json!([{ "imageDigest": "none" }]);
        assert!(with("/requestParameters/imageIds", ids).is_err());
        let refused = json!({
            "eventSource": "ecr.amazonaws.com",
            "errorCode": "InvalidParameterException",
            "requestParameters": { "imageIds": [{ "imageDigest": "none" }] },
        });
        let registry = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        assert_eq!(read(&refused.to_string(), &registry).unwrap(), None);
    }

    #[test]
    fn what_an_event_does_not_say_is_not_taken_for_nothing() {
        for pointer in
            ["/requestParameters", "/requestParameters/imageIds", "/eventTime", "/userIdentity"]
        {
            assert!(with(pointer, Value::Null).is_err(), "{pointer}");
        }
    }
}

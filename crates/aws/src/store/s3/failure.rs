//! What to do about calls to the bucket that failed.

use ecr_sweep_core::Account;
use ecr_sweep_protocol::{BucketAccess, BucketGrant, NextStep};

use crate::store::{S3Location, StoreError};
use crate::{AwsError, AwsErrorKind};

/// Codes of requests that were sent to another Region than the bucket's.
const ELSEWHERE: [&str; 4] = [
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "TemporaryRedirect",
];

/// The error of an act on the objects under a key or a prefix.
pub(super) fn failed(
    act: &'static str,
    address: String,
    location: &S3Location,
    owner: Option<&Account>,
    error: AwsError,
) -> StoreError {
    let next = next(location, owner, &error).map(Box::new);
    StoreError::Io { act, address, next, source: error.into() }
}

fn next(location: &S3Location, owner: Option<&Account>, error: &AwsError) -> Option<NextStep> {
    let bucket = || location.bucket().into();
    match error.code() {
        Some("NoSuchBucket") => Some(NextStep::CreateBucket { bucket: bucket() }),
        Some(code) if ELSEWHERE.contains(&code) => {
            Some(NextStep::UseRegionOfBucket { bucket: bucket() })
        }
        _ if error.kind == AwsErrorKind::AccessDenied => Some(NextStep::AllowBucket(BucketGrant {
            bucket: bucket(),
            objects: location.object("*").into(),
            access: match error.operation {
                "ListObjectsV2" => BucketAccess::List,
                "PutObject"
                | "CreateMultipartUpload"
                | "UploadPart"
                | "CompleteMultipartUpload" => BucketAccess::Write,
                _ => BucketAccess::Read,
            },
            owner: owner.cloned(),
        })),
        _ => error.next_step(),
    }
}

//! What to do about calls to the bucket that failed.

use ecr_sweep_core::Account;

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
    let next = next(location, owner, &error);
    StoreError::Io { act, address, next: next.map(Into::into), source: error.into() }
}

fn next(location: &S3Location, owner: Option<&Account>, error: &AwsError) -> Option<String> {
    let bucket = location.bucket();
    match error.code() {
        Some("NoSuchBucket") => Some(format!(
            "create the bucket `{bucket}`, or name another one, or a folder, as the run store"
        )),
        Some(code) if ELSEWHERE.contains(&code) => Some(format!(
            "choose the Region of the bucket, which `aws s3api get-bucket-location --bucket {bucket}` tells, or a bucket of this Region"
        )),
        _ if error.kind == AwsErrorKind::AccessDenied => Some(denied(location, owner, error)),
        _ => error.hint(),
    }
}

fn denied(location: &S3Location, owner: Option<&Account>, error: &AwsError) -> String {
    let bucket = location.bucket();
    let objects = location.object("*");
    let list = format!("s3:ListBucket on arn:aws:s3:::{bucket}");
    let actions = match error.operation {
        "ListObjectsV2" => list,
        "PutObject" => format!("s3:PutObject on arn:aws:s3:::{bucket}/{objects}"),
        // S3 does not tell whoever may not list whether there is an object.
        _ => format!(
            "s3:GetObject on arn:aws:s3:::{bucket}/{objects}, and {list}, without which a document that is not there is denied too,"
        ),
    };
    let whose = owner.map_or_else(String::new, |owner| {
        format!("; check that account {owner} owns the bucket, as S3 denies calls to any other's")
    });
    format!(
        "allow {actions} to the caller, and the use of the bucket's KMS key, if it has one: `aws sts get-caller-identity` shows who that is{whose}"
    )
}

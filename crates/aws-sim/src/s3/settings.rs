//! Settings of buckets: those of one that was made without a word about them. Faults answer for
//! others.

use super::check;
use crate::wire::{Answer, Call, Outcome};

/// It was never versioned, so nothing is said.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
pub(super) fn get_bucket_versioning(call: &Call<'_>) -> Outcome {
    check(call, &call.state.buckets())?;
    let text = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>";
    Ok(Answer::xml(text.to_owned()))
}

/// Every bucket encrypts by keys of S3 since January 2023.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html>
pub(super) fn get_bucket_encryption(call: &Call<'_>) -> Outcome {
    check(call, &call.state.buckets())?;
    let text = "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
        <Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
        </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
    Ok(Answer::xml(text.to_owned()))
}

/// New buckets block every public access since April 2023.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
pub(super) fn get_public_access_block(call: &Call<'_>) -> Outcome {
    check(call, &call.state.buckets())?;
    let ways =
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    let blocked: Vec<String> = ways.iter().map(|way| format!("<{way}>true</{way}>")).collect();
    let blocked = blocked.concat();
    Ok(Answer::xml(format!(
        "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         {blocked}</PublicAccessBlockConfiguration>"
    )))
}

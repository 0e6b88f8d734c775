//! Settings of a bucket, which no run has to know.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketVersioningStatus, ServerSideEncryptionRule};
use ecr_sweep_core::Region;

use super::{S3Location, S3Store, client};
use crate::call::Call;
use crate::{AwsError, AwsErrorKind, Sessions};

/// What reads the settings of a run store's bucket.
#[derive(Debug, Clone)]
pub struct BucketReader {
    client: Client,
    region: Region,
    bucket: Box<str>,
}

impl BucketReader {
    /// What reads those of a bucket that the session's Region has. No call is made.
    #[must_use]
    pub fn new(sessions: &Sessions, location: &S3Location) -> Self {
        let region = sessions.home().region.clone();
        Self { client: client::client(sessions), region, bucket: location.bucket().into() }
    }

    fn call(&self, operation: &'static str) -> Call<'_> {
        Call::anywhere("s3", operation, Some(&self.region))
    }

    /// Whether it keeps what is replaced or deleted. One that never did says nothing.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
    pub async fn is_versioned(&self) -> Result<bool, AwsError> {
        let call = self.call("GetBucketVersioning");
        let get = self.client.get_bucket_versioning().bucket(&*self.bucket);
        let answer = get.send().await.map_err(|error| call.failed(error))?;
        Ok(answer.status() == Some(&BucketVersioningStatus::Enabled))
    }

    /// Whether what is put there is encrypted unless a request says how. Since January 2023 every new
    /// object is.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html>
    pub async fn is_encrypted(&self) -> Result<bool, AwsError> {
        let call = self.call("GetBucketEncryption");
        let get = self.client.get_bucket_encryption().bucket(&*self.bucket);
        let answer = match get.send().await.map_err(|error| call.failed(error)) {
            Ok(answer) => answer,
            Err(error)
                if error.code() == Some("ServerSideEncryptionConfigurationNotFoundError") =>
            {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let member = "ServerSideEncryptionConfiguration";
        let encryption = call.sent(member, answer.server_side_encryption_configuration)?;
        let by_default = |rule: &ServerSideEncryptionRule| {
            rule.apply_server_side_encryption_by_default().is_some()
        };
        Ok(encryption.rules().iter().any(by_default))
    }

    /// Whether nothing in it can be made public, by any of the four ways.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
    pub async fn blocks_public_access(&self) -> Result<bool, AwsError> {
        let call = self.call("GetPublicAccessBlock");
        let get = self.client.get_public_access_block().bucket(&*self.bucket);
        let answer = match get.send().await.map_err(|error| call.failed(error)) {
            Ok(answer) => answer,
            Err(error) if error.code() == Some("NoSuchPublicAccessBlockConfiguration") => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let member = "PublicAccessBlockConfiguration";
        let block = call.sent(member, answer.public_access_block_configuration)?;
        Ok([
            block.block_public_acls(),
            block.ignore_public_acls(),
            block.block_public_policy(),
            block.restrict_public_buckets(),
        ]
        .into_iter()
        .all(|blocks| blocks == Some(true)))
    }
}

impl S3Store {
    /// Whether the store can be listed but for its owner, who is another than was said. An error that
    /// is no denial says nothing of who owns it.
    pub async fn is_denied_its_owner(&self) -> Result<bool, AwsError> {
        let anybodys = Self { owner: None, ..self.clone() };
        let start = self.location.object("");
        match self.common_prefixes(&start).await {
            // Where it cannot be listed at all, it is not the owner that is wrong.
            Err(denied) if denied.kind == AwsErrorKind::AccessDenied => {
                anybodys.common_prefixes(&start).await.map(|_| true)
            }
            listed => listed.map(|_| false),
        }
    }
}

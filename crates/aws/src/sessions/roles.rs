//! Credentials of other accounts: those of roles that are assumed there.

use std::fmt;

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use ecr_sweep_core::{Account, Place};

use super::clients::client;
use crate::AwsError;
use crate::call::Call;

/// The role that is assumed to delete in other accounts unless another is named: who reads there cannot delete, and who
/// deletes can do nothing else.
pub const DELETE_ROLE: &str = "EcrSweepDelete";

/// What the sessions are called, in the ARNs of those who call and in the trails of their calls.
pub(crate) const SESSION_NAME: &str = "ecr-sweep";

/// A role of another account, if there is one to assume.
#[derive(Clone)]
pub(super) struct Role {
    home: Place,
    client: aws_sdk_sts::Client,
    arn: Result<Box<str>, Account>,
}

impl Role {
    /// The role of this name in an account, of the partition that the caller is in. Without a name
    /// there are no credentials, and each call says so.
    pub(super) fn of(
        account: &Account,
        name: Option<&str>,
        config: &SdkConfig,
        home: &Place,
        caller_arn: &str,
    ) -> Self {
        let aws = caller_arn.split(':').nth(1).unwrap_or("aws");
        let arn = name.map(|name| format!("arn:{aws}:iam::{account}:role/{name}").into());
        let client = client!(aws_sdk_sts, config, home, "sts");
        Self { home: home.clone(), client, arn: arn.ok_or_else(|| account.clone()) }
    }

    /// A configuration that calls as the role. All clients that are made of it share one session,
    /// which the SDK refreshes before it ends.
    pub(super) fn configure(self, config: &SdkConfig) -> SdkConfig {
        config
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(self))
            .identity_cache(IdentityCache::lazy().build())
            .build()
    }

    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    async fn assume(&self) -> Result<Credentials, AwsError> {
        let call = Call::new("sts", "AssumeRole", &self.home);
        let arn = self.arn.as_ref().map_err(|account| {
            call.refused(format!("no role is named that could be assumed in account {account}"))
        })?;
        let call = call.about(arn);
        let answer = self
            .client
            .assume_role()
            .role_arn(&**arn)
            .role_session_name(SESSION_NAME)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        let session = call.sent("Credentials", answer.credentials())?;
        for (member, text) in [
            ("AccessKeyId", session.access_key_id()),
            ("SecretAccessKey", session.secret_access_key()),
            ("SessionToken", session.session_token()),
        ] {
            call.sent_text(member, Some(text))?;
        }
        let expires_at = (*session.expiration())
            .try_into()
            .map_err(|_| call.unreadable("the session ends at no time that there is"))?;
        tracing::info!(role = &**arn, "assumed a role");
        Ok(Credentials::new(
            session.access_key_id(),
            session.secret_access_key(),
            Some(session.session_token().to_owned()),
            Some(expires_at),
            "AssumeRole",
        ))
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Role").field(&self.arn).finish()
    }
}

impl ProvideCredentials for Role {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let assumed: provider::Result =
                self.assume().await.map_err(CredentialsError::provider_error);
            assumed
        })
    }
}

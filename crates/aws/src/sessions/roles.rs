//! Credentials of other accounts: those of roles that are assumed there.

use std::fmt;
use std::sync::Arc;

use aws_config::identity::IdentityCache;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use ecr_sweep_core::{Account, Place};

use super::clients::{ClientConfig, client};
use super::denials::Denials;
use crate::AwsError;
use crate::call::Call;

/// The role that is assumed to delete in other accounts unless another is named: who reads there cannot delete, and who
/// deletes can do nothing else.
pub const DELETE_ROLE: &str = "EcrSweepDelete";

/// The role that is assumed to put images back in other accounts. Neither who reads nor who deletes can
/// write images there.
pub const RESTORE_ROLE: &str = "EcrSweepRestore";

/// What a session is called, in the ARNs of those who call and in the trails of their calls: after the
/// run that it is for, if it is for one, so that a member's trail tells which run has deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionName(Arc<str>);

impl SessionName {
    const PLAIN: &str = "ecr-sweep";

    /// A session for no run.
    pub(super) fn plain() -> Self {
        Self(Self::PLAIN.into())
    }

    /// A session for a run. The name of a run has none but characters that a session may have; what is
    /// beyond 64 of them is cut.
    ///
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    pub(super) fn after(run: &str) -> Self {
        let name = format!("{}-{run}", Self::PLAIN);
        Self(name.chars().take(64).collect::<String>().into())
    }

    /// Whether a session of this name is one of ours.
    pub(crate) fn is_own(name: &str) -> bool {
        name.strip_prefix(Self::PLAIN).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// A role of another account, if there is one to assume.
#[derive(Clone)]
pub(super) struct Role {
    home: Place,
    client: aws_sdk_sts::Client,
    arn: Result<Box<str>, Account>,
    assumed: Assumed,
    denials: Denials,
}

/// The role that is assumed in an account, if any is named, and what the session is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Assumed {
    pub(super) account: Account,
    pub(super) role: Option<Arc<str>>,
    pub(super) session: SessionName,
}

impl Role {
    /// The role in the partition that the caller is in. Without a name there are no credentials, and
    /// each call says so.
    pub(super) fn of(
        assumed: &Assumed,
        config: &ClientConfig,
        home: &Place,
        caller_arn: &str,
        denials: &Denials,
    ) -> Self {
        let Assumed { account, role, .. } = assumed;
        let aws = caller_arn.split(':').nth(1).unwrap_or("aws");
        let arn =
            role.as_deref().map(|name| format!("arn:{aws}:iam::{account}:role/{name}").into());
        let client = client!(aws_sdk_sts, config, home, "sts");
        let arn = arn.ok_or_else(|| account.clone());
        let (home, assumed, denials) = (home.clone(), assumed.clone(), denials.clone());
        Self { home, client, arn, assumed, denials }
    }

    /// A configuration that calls as the role. All clients that are made of it share one session,
    /// which the SDK refreshes before it ends.
    pub(super) fn configure(self, config: &ClientConfig) -> ClientConfig {
        config.with(|builder| {
            builder
                .credentials_provider(SharedCredentialsProvider::new(self))
                .identity_cache(IdentityCache::lazy().build())
        })
    }

    /// Assumes the role, unless it was denied before.
    pub(super) async fn assume(&self) -> Result<Credentials, AwsError> {
        self.denials.ask_once(&self.assumed, self.ask()).await
    }

    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    async fn ask(&self) -> Result<Credentials, AwsError> {
        let call = Call::new("sts", "AssumeRole", &self.home);
        let arn = self.arn.as_ref().map_err(|account| {
            call.refused(format!("no role is named that could be assumed in account {account}"))
        })?;
        let call = call.about(arn);
        let answer = self
            .client
            .assume_role()
            .role_arn(&**arn)
            .role_session_name(&*self.assumed.session.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_after_its_run_and_is_known_for_ours() {
        let name = SessionName::after("20261120T101500.123Z");
        assert_eq!(&*name.0, "ecr-sweep-20261120T101500.123Z");
        assert!(SessionName::is_own(&name.0) && SessionName::is_own(&SessionName::plain().0));
        assert!(!SessionName::is_own("ecr-sweeper") && !SessionName::is_own("deploy"));
    }

    #[test]
    fn the_longest_name_of_a_run_fits() {
        assert_eq!(SessionName::after(&"r".repeat(80)).0.len(), 64);
    }
}

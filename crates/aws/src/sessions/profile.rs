//! A profile of the shared configuration files that somebody names.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use aws_config::SdkConfig;
use aws_config::profile::{self, ProfileFileCredentialsProvider};
use aws_config::provider_config::ProviderConfig;
use aws_types::os_shim_internal::{Env, Fs};
use ecr_sweep_core::Region;

use crate::AwsError;
use crate::call::Call;
use crate::error::NoProfile;

/// The credentials of a profile, and of no other; its role is assumed as the configuration says.
///
/// Whoever names a profile means it: credentials in the environment, which the default chain
/// prefers, may be those of another account.
pub(super) fn credentials(name: &str, config: &SdkConfig) -> ProfileFileCredentialsProvider {
    let mut provider = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(http) = config.http_client() {
        provider = provider.with_http_client(http);
    }
    if let Some(retries) = config.retry_config() {
        provider = provider.with_retry_config(retries.clone());
    }
    if let Some(timeouts) = config.timeout_config() {
        provider = provider.with_timeout_config(timeouts.clone());
    }
    ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(name).build()
}

/// Checks that there is a profile of this name. Without one, the first call has no credentials.
pub(super) async fn check_is_there(name: &str, region: Option<&Region>) -> Result<(), AwsError> {
    let call = Call::anywhere("sts", "GetCallerIdentity", region);
    #[expect(
        clippy::default_trait_access,
        reason = "the type's home is not among the dependencies"
    )]
    let files = Default::default();
    let profiles = profile::load(&Fs::real(), &Env::real(), &files, None).await;
    let profiles = profiles.map_err(|error| call.without_credentials(error))?;
    match profiles.get_profile(name) {
        Some(_) => Ok(()),
        None => Err(call.without_credentials(NoProfile(name.into()))),
    }
}

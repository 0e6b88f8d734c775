//! Resource policies: who may pull besides the registry's own account.

use super::RegistryReader;
use crate::{AwsError, AwsErrorKind};

impl RegistryReader {
    /// The resource policy of a repository as it was written; none if it has none.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html>
    pub async fn repository_policy(&self, repository: &str) -> Result<Option<String>, AwsError> {
        let call = &self.call("GetRepositoryPolicy").about(repository);
        let get = self.client.get_repository_policy().repository_name(repository);
        let answer = self.in_slot(call, get.send()).await;
        let policy = match answer.map_err(|error| call.failed(error)) {
            Ok(answer) => answer.policy_text,
            Err(error) if is_absence(&error, "RepositoryPolicyNotFoundException") => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        policy.map(Some).ok_or_else(|| call.unreadable("it has no policy"))
    }

    /// The resource policy of the registry as it was written; none if it has none. It speaks of
    /// every repository.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryPolicy.html>
    pub async fn registry_policy(&self) -> Result<Option<String>, AwsError> {
        let call = &self.call("GetRegistryPolicy");
        let answer = self.in_slot(call, self.client.get_registry_policy().send()).await;
        let policy = match answer.map_err(|error| call.failed(error)) {
            Ok(answer) => answer.policy_text,
            Err(error) if is_absence(&error, "RegistryPolicyNotFoundException") => return Ok(None),
            Err(error) => return Err(error),
        };
        policy.map(Some).ok_or_else(|| call.unreadable("it has no policy"))
    }
}

/// Whether the service says that there is no policy: not that there is no repository.
fn is_absence(error: &AwsError, code: &str) -> bool {
    error.kind == AwsErrorKind::NotFound && error.code() == Some(code)
}

//! Settings of a registry that no run has to know: who else deletes, and whose reads leave no trace in
//! pull times.

use super::{ROWS_A_PAGE, RegistryReader};
use crate::paging::{Page, every_page};
use crate::{AwsError, AwsErrorKind};

impl RegistryReader {
    /// The lifecycle policy of a repository as it was written; none if it has none.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicy.html>
    pub async fn lifecycle_policy(&self, repository: &str) -> Result<Option<String>, AwsError> {
        let call = &self.call("GetLifecyclePolicy").about(repository);
        let get = self.client.get_lifecycle_policy().repository_name(repository);
        let answer = self.in_slot(call, get.send()).await;
        let policy = match answer.map_err(|error| call.failed(error)) {
            Ok(answer) => answer.lifecycle_policy_text,
            Err(error)
                if error.kind == AwsErrorKind::NotFound
                    && error.code() == Some("LifecyclePolicyNotFoundException") =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        policy.map(Some).ok_or_else(|| call.unreadable("it has no policy"))
    }

    /// The ARNs of those whose reads change no pull times.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListPullTimeUpdateExclusions.html>
    pub async fn pull_time_exclusions(&self) -> Result<Vec<String>, AwsError> {
        let call = &self.call("ListPullTimeUpdateExclusions");
        every_page(call, |token| {
            let list = self
                .client
                .list_pull_time_update_exclusions()
                .max_results(ROWS_A_PAGE)
                .set_next_token(token);
            async move {
                let page =
                    self.in_slot(call, list.send()).await.map_err(|error| call.failed(error))?;
                let items =
                    call.sent("pullTimeUpdateExclusions", page.pull_time_update_exclusions)?;
                Ok(Page { items, next: page.next_token })
            }
        })
        .await
    }
}

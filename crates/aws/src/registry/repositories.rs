//! Repositories and their tags.

use std::collections::BTreeMap;

use super::{ROWS_A_PAGE, RegistryReader};
use crate::AwsError;
use crate::paging::{Page, every_page};

/// A repository, as a list of them names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepositoryRow {
    /// The name, with its slashes.
    pub name: Box<str>,
    /// What reading its tags takes.
    pub arn: Box<str>,
}

impl RegistryReader {
    /// Every repository, sorted by name.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html>
    pub async fn repositories(&self) -> Result<Vec<RepositoryRow>, AwsError> {
        let call = &self.call("DescribeRepositories");
        let mut rows = every_page(call, |token| {
            let list =
                self.client.describe_repositories().max_results(ROWS_A_PAGE).set_next_token(token);
            async move {
                let page =
                    self.in_slot(call, list.send()).await.map_err(|error| call.failed(error))?;
                let mut items = Vec::new();
                for repository in call.sent("repositories", page.repositories)? {
                    self.check_registry(call, repository.registry_id())?;
                    items.push(RepositoryRow {
                        name: call.sent_text("repositoryName", repository.repository_name())?,
                        arn: call.sent_text("repositoryArn", repository.repository_arn())?,
                    });
                }
                Ok(Page { items, next: page.next_token })
            }
        })
        .await?;
        rows.sort();
        rows.dedup();
        tracing::info!(
            account = %self.place.account, region = %self.place.region,
            repositories = rows.len(), "listed repositories"
        );
        Ok(rows)
    }

    /// The tags of a repository: not those of its images.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html>
    pub async fn repository_tags(
        &self,
        arn: &str,
    ) -> Result<BTreeMap<Box<str>, Box<str>>, AwsError> {
        let call = &self.call("ListTagsForResource").about(arn);
        let list = self.client.list_tags_for_resource().resource_arn(arn);
        let answer = self.in_slot(call, list.send()).await.map_err(|error| call.failed(error))?;
        let tags = call.sent("tags", answer.tags)?;
        Ok(tags.iter().map(|tag| (tag.key().into(), tag.value().into())).collect())
    }
}

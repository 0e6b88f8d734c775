//! The names and tags that the patterns of a policy are about, without anything else.

use std::collections::BTreeMap;

use ecr_sweep_aws::registry::RepositoryRow;
use ecr_sweep_core::{Image, Place, Policy, Registry, Repository};
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::is_repository_gone;
use crate::run::role::check_role;
use crate::steps::list_repos::find_registries;
use crate::{Environment, Phase, Reading, StepError};

/// Every repository that the policy may sweep, with its own tags where the policy asks for them,
/// and with the tags of its images where a pattern is over those. No manifest is read, and
/// nothing is stored. A repository that is removed meanwhile is left out.
pub async fn names_and_tags(
    environment: &Environment,
    policy: Policy,
) -> Result<Vec<Registry>, StepError> {
    let reading = &environment.reading_by(policy);
    check_role(reading)?;
    let mut listed = Vec::new();
    for place in find_registries(reading).await?.places {
        let rows = reading.sessions.registry(&place).repositories().await?;
        reading.progress.start(Phase::ListRepos, rows.len() as u64);
        let repositories: Vec<Option<Repository>> = stream::iter(rows)
            .map(async |row| {
                let repository = list(reading, &place, row).await?;
                reading.progress.step(Phase::ListRepos, 1);
                Ok::<_, StepError>(repository)
            })
            .buffered(reading.sessions.concurrency())
            .try_collect()
            .await?;
        listed.push(Registry {
            account: place.account,
            region: place.region,
            deletes_replicate_to: Vec::new(),
            unread: None,
            repositories: repositories.into_iter().flatten().collect(),
        });
    }
    Ok(listed)
}

async fn list(
    reading: &Reading,
    place: &Place,
    row: RepositoryRow,
) -> Result<Option<Repository>, StepError> {
    let registry = reading.sessions.registry(place);
    let tags = if reading.policy.reads_repository_tags() {
        match registry.repository_tags(&row.arn).await {
            Err(error) if is_repository_gone(&error) => return Ok(None),
            tags => tags?,
        }
    } else {
        BTreeMap::new()
    };
    let asks_for_tags = reading
        .policy
        .rule_for(&row.name, &tags)
        .is_some_and(|(_, rule)| rule.keep.looks_at_tags());
    let images = if asks_for_tags {
        match registry.images(&row.name).await {
            Err(error) if is_repository_gone(&error) => return Ok(None),
            images => images?,
        }
    } else {
        Vec::new()
    };
    let tagged = |image: Image| Image { tags: image.tags, ..Image::new(image.digest) };
    let images = images.into_iter().map(tagged).collect();
    let (allows, use_history) = (Vec::new(), None);
    Ok(Some(Repository { name: row.name, tags, allows, use_history, images }))
}

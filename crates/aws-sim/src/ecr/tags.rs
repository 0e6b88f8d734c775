//! The tags of repositories.

use std::collections::BTreeMap;

use ecr_sweep_core::Place;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::repositories::{find_repository, find_repository_mut};
use crate::wire::{Answer, ApiError, Call, Outcome, required};

/// Written with capitals, in both directions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: Box<str>,
    value: Box<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    resource_arn: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<Box<str>>,
}

/// A repository has 50 tags at most.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html>
pub(super) fn checked_tags(
    mut tags: BTreeMap<Box<str>, Box<str>>,
    added: Vec<Tag>,
) -> Result<BTreeMap<Box<str>, Box<str>>, ApiError> {
    tags.extend(added.into_iter().map(|tag| (tag.key, tag.value)));
    if tags.len() > 50 {
        return Err(ApiError::new(
            "TooManyTagsException",
            "The list of tags on the repository is over the limit. The maximum number of tags \
             that can be applied to a repository is 50.",
        ));
    }
    Ok(tags)
}

/// The place and name in a repository's ARN.
fn repository_in(arn: Option<&str>) -> Result<(Place, String), ApiError> {
    let arn = required(arn, "resourceArn")?;
    let read = || {
        let mut parts = arn.splitn(6, ':').skip(2);
        let ("ecr", region, account) = (parts.next()?, parts.next()?, parts.next()?) else {
            return None;
        };
        let place = Place { account: account.parse().ok()?, region: region.parse().ok()? };
        Some((place, parts.next()?.strip_prefix("repository/")?.to_owned()))
    };
    read().ok_or_else(|| {
        ApiError::new(
            "InvalidParameterException",
            "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
        )
    })
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html>
pub(super) fn list_tags_for_resource(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = repository_in(input.resource_arn.as_deref())?;
    let registries = call.state.registries();
    let tags: Vec<Tag> = find_repository(&registries, &place, &name)?
        .tags
        .iter()
        .map(|(key, value)| Tag { key: key.clone(), value: value.clone() })
        .collect();
    Answer::json(&json!({ "tags": tags }))
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html>
pub(super) fn tag_resource(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = repository_in(input.resource_arn.as_deref())?;
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    repository.tags = checked_tags(repository.tags.clone(), input.tags)?;
    Answer::json(&json!({}))
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UntagResource.html>
pub(super) fn untag_resource(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = repository_in(input.resource_arn.as_deref())?;
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    repository.tags.retain(|key, _| !input.tag_keys.contains(key));
    Answer::json(&json!({}))
}

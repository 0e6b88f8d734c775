//! Settings that this registry does not have: faults answer for those that a test has.

use serde_json::json;

use super::repositories::find_repository;
use super::request::RepositoryRequest;
use crate::wire::{Answer, ApiError, Call, Outcome};

/// No repository has one.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicy.html>
pub(super) fn get_lifecycle_policy(call: &Call<'_>) -> Outcome {
    let input: RepositoryRequest = call.input()?;
    let (place, name) = input.read(call)?;
    find_repository(&call.state.registries(), &place, &name)?;
    let message = format!(
        "Lifecycle policy does not exist for the repository with name '{name}' in the registry \
         with id '{}'",
        place.account
    );
    Err(ApiError::new("LifecyclePolicyNotFoundException", message))
}

/// There are none.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribePullThroughCacheRules.html>
pub(super) fn describe_pull_through_cache_rules() -> Outcome {
    Answer::json(&json!({ "pullThroughCacheRules": [] }))
}

/// There are none.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListPullTimeUpdateExclusions.html>
pub(super) fn list_pull_time_update_exclusions() -> Outcome {
    Answer::json(&json!({ "pullTimeUpdateExclusions": [] }))
}

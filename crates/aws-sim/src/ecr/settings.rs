//! Settings of registries and repositories. Of those that are never there, faults answer for a test's.

use ecr_sweep_core::CacheRule;
use serde::Deserialize;
use serde_json::{Value, json};

use super::repositories::find_repository;
use super::request::RepositoryRequest;
use crate::arn::registry_host;
use crate::paging::{Binding, page_of};
use crate::wire::{Answer, ApiError, Call, Outcome};

/// The rules of a page unless others are asked for, and the most.
const PAGE: usize = 100;
const MOST: usize = 1000;

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RulesRequest {
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// Those whose upstream is ECR: the others are of no account here.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribePullThroughCacheRules.html>
pub(super) fn describe_pull_through_cache_rules(call: &Call<'_>) -> Outcome {
    let input: RulesRequest = call.input()?;
    let registries = call.state.registries();
    let registry = registries.get(&call.caller.place);
    if registry.is_some_and(|it| it.unread_cache_rules.is_some()) {
        let message = "the snapshot says that nobody may read the rules here";
        return Err(ApiError::new("AccessDeniedException", message));
    }
    let rules = registry.map(|it| &*it.cache_rules).unwrap_or_default();
    let rows = rules.iter().map(|rule| (&*rule.prefix, described(call, rule)));
    let size = call.page_size(input.max_results, PAGE, MOST)?;
    let binding = Binding::new(&[&call.operation.name]);
    let (rules, next) = page_of(rows, size, binding, input.next_token.as_deref())?;
    let mut answer = json!({ "pullThroughCacheRules": rules });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Answer::json(&answer)
}

fn described(call: &Call<'_>, rule: &CacheRule) -> Value {
    json!({
        "ecrRepositoryPrefix": rule.prefix,
        "upstreamRegistryUrl": registry_host(&rule.upstream),
        "upstreamRegistry": "ecr",
        "upstreamRepositoryPrefix": rule.upstream_prefix,
        "registryId": call.caller.place.account,
    })
}

/// All on one page: there are at most 100.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListPullTimeUpdateExclusions.html>
pub(super) fn list_pull_time_update_exclusions(call: &Call<'_>) -> Outcome {
    let registries = call.state.registries();
    let excluded = registries.get(&call.caller.place).map(|it| &it.pull_time_exclusions);
    let excluded: Vec<&str> = excluded.into_iter().flatten().map(|arn| &**arn).collect();
    Answer::json(&json!({ "pullTimeUpdateExclusions": excluded }))
}

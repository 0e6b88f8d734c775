//! Repositories: listed, created, deleted.

use std::collections::BTreeMap;

use ecr_sweep_core::{Place, is_repository_name};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::request::RepositoryRequest;
use super::tags::{Tag, checked_tags};
use crate::arn::{arn, registry_host};
use crate::paging::{Binding, page_of};
use crate::state::{ByPlace, Registry, Repository};
use crate::wire::{Answer, ApiError, Call, Outcome, epoch, required};

/// A repository that is there.
pub(super) fn find_repository<'r>(
    registries: &'r ByPlace<Registry>,
    place: &Place,
    name: &str,
) -> Result<&'r Repository, ApiError> {
    check_name(name)?;
    registries
        .get(place)
        .and_then(|registry| registry.repositories.get(name))
        .ok_or_else(|| repository_not_found(place, name))
}

/// A repository that is there, to change it.
pub(super) fn find_repository_mut<'r>(
    registries: &'r mut ByPlace<Registry>,
    place: &Place,
    name: &str,
) -> Result<&'r mut Repository, ApiError> {
    check_name(name)?;
    registries
        .get_mut(place)
        .and_then(|registry| registry.repositories.get_mut(name))
        .ok_or_else(|| repository_not_found(place, name))
}

/// The answer to a repository that is not there.
fn repository_not_found(place: &Place, name: &str) -> ApiError {
    ApiError::new(
        "RepositoryNotFoundException",
        format!(
            "The repository with name '{name}' does not exist in the registry with id '{}'",
            place.account
        ),
    )
}

fn check_name(name: &str) -> Result<(), ApiError> {
    if is_repository_name(name) {
        return Ok(());
    }
    Err(ApiError::invalid_parameter(
        "repositoryName",
        "must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'",
    ))
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Repository.html>
fn described(place: &Place, name: &str, repository: &Repository) -> Value {
    let mut described = json!({
        "repositoryArn": arn("ecr", place, &format!("repository/{name}")),
        "registryId": place.account,
        "repositoryName": name,
        "repositoryUri": format!("{}/{name}", registry_host(place)),
        "createdAt": epoch(repository.created_at),
        "imageTagMutability": repository.tag_mutability,
        "imageScanningConfiguration": { "scanOnPush": false },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    });
    if !repository.mutability_exclusions.is_empty() {
        described["imageTagMutabilityExclusionFilters"] =
            Value::Array(repository.mutability_exclusions.clone());
    }
    described
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeInput {
    registry_id: Option<String>,
    repository_names: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    repositories: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Pages of 100 unless 1 to 1000 are asked for, by name; or exactly the repositories that are
/// named, at most 100, and then paging is refused.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html>
pub(super) fn describe_repositories(call: &Call<'_>) -> Outcome {
    let input: DescribeInput = call.input()?;
    let place = call.registry(input.registry_id.as_deref())?;
    let size = call.page_size(input.max_results, 100, 1000)?;
    let registries = call.state.registries();
    if let Some(names) = input.repository_names.filter(|names| !names.is_empty()) {
        if input.next_token.is_some() || input.max_results.is_some() {
            return Err(ApiError::new(
                "InvalidParameterException",
                "Invalid parameter: nextToken and maxResults cannot be used with repositoryNames",
            ));
        }
        if names.len() > 100 {
            return Err(ApiError::invalid_parameter(
                "repositoryNames",
                "Member must have length less than or equal to 100",
            ));
        }
        let repositories = names
            .iter()
            .map(|name| Ok(described(&place, name, find_repository(&registries, &place, name)?)))
            .collect::<Result<_, ApiError>>()?;
        return Answer::json(&Described { repositories, next_token: None });
    }
    let binding = Binding::new(&[&call.operation.name, &place.to_string()]);
    let rows = registries
        .get(&place)
        .into_iter()
        .flat_map(|registry| &registry.repositories)
        .map(|(name, repository)| (&**name, (name, repository)));
    let (page, next_token) = page_of(rows, size, binding, input.next_token.as_deref())?;
    let repositories =
        page.into_iter().map(|(name, repository)| described(&place, name, repository)).collect();
    Answer::json(&Described { repositories, next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateInput {
    #[serde(flatten)]
    of: RepositoryRequest,
    #[serde(default)]
    tags: Vec<Tag>,
    image_tag_mutability: Option<String>,
    #[serde(default)]
    image_tag_mutability_exclusion_filters: Vec<Value>,
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>
pub(super) fn create_repository(call: &Call<'_>) -> Outcome {
    let input: CreateInput = call.input()?;
    let (place, name) = input.of.read(call)?;
    check_name(&name)?;
    let mut repository = Repository::new(call.now);
    repository.tags = checked_tags(BTreeMap::new(), input.tags)?;
    if let Some(mutability) = input.image_tag_mutability {
        repository.tag_mutability = checked_mutability(mutability)?;
    }
    repository.mutability_exclusions = input.image_tag_mutability_exclusion_filters;
    let mut registries = call.state.registries_mut();
    let repositories = &mut registries.entry(place.clone()).or_default().repositories;
    if repositories.contains_key(name.as_str()) {
        return Err(ApiError::new(
            "RepositoryAlreadyExistsException",
            format!(
                "The repository with name '{name}' already exists in the registry with id '{}'",
                place.account
            ),
        ));
    }
    let answer = Answer::json(&json!({ "repository": described(&place, &name, &repository) }));
    repositories.insert(name.into(), repository);
    answer
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteInput {
    #[serde(flatten)]
    of: RepositoryRequest,
    #[serde(default)]
    force: bool,
}

/// A repository with images goes only by force.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html>
pub(super) fn delete_repository(call: &Call<'_>) -> Outcome {
    let input: DeleteInput = call.input()?;
    let (place, name) = input.of.read(call)?;
    let mut registries = call.state.registries_mut();
    let repository = find_repository(&registries, &place, &name)?;
    if !repository.is_empty() && !input.force {
        return Err(ApiError::new(
            "RepositoryNotEmptyException",
            format!(
                "The repository with name '{name}' in registry with id '{}' cannot be deleted \
                 because it still contains images",
                place.account
            ),
        ));
    }
    let answer = Answer::json(&json!({ "repository": described(&place, &name, repository) }));
    if let Some(registry) = registries.get_mut(&place) {
        registry.repositories.remove(name.as_str());
    }
    answer
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MutabilityInput {
    #[serde(flatten)]
    of: RepositoryRequest,
    image_tag_mutability: Option<String>,
    #[serde(default)]
    image_tag_mutability_exclusion_filters: Vec<Value>,
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageTagMutability.html>
pub(super) fn put_image_tag_mutability(call: &Call<'_>) -> Outcome {
    let input: MutabilityInput = call.input()?;
    let (place, name) = input.of.read(call)?;
    let mutability =
        checked_mutability(required(input.image_tag_mutability, "imageTagMutability")?)?;
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    repository.tag_mutability = mutability;
    repository.mutability_exclusions = input.image_tag_mutability_exclusion_filters;
    Answer::json(&json!({
        "registryId": place.account,
        "repositoryName": name,
        "imageTagMutability": repository.tag_mutability,
    }))
}

fn checked_mutability(mutability: String) -> Result<String, ApiError> {
    const KNOWN: [&str; 4] =
        ["MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"];
    if KNOWN.contains(&mutability.as_str()) {
        return Ok(mutability);
    }
    Err(ApiError::invalid_parameter(
        "imageTagMutability",
        &format!("Member must satisfy enum value set: [{}]", KNOWN.join(", ")),
    ))
}

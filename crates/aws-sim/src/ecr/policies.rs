//! The resource policies of repositories and of registries.

use ecr_sweep_core::{Admitted, Place};
use serde::Deserialize;
use serde_json::{Value, json};

use super::repositories::{find_repository, find_repository_mut};
use super::request::RepositoryRequest;
use crate::arn::partition;
use crate::organizations::ORGANIZATION;
use crate::wire::{Answer, ApiError, Call, Outcome, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(flatten)]
    of: RepositoryRequest,
    policy_text: Option<String>,
}

/// The policy that was set, or one that admits whom the snapshot says.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html>
pub(super) fn get_repository_policy(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let registries = call.state.registries();
    let repository = find_repository(&registries, &place, &name)?;
    let policy = match &repository.policy {
        Some(policy) => policy.clone(),
        None if repository.allows.is_empty() => {
            return Err(ApiError::new(
                "RepositoryPolicyNotFoundException",
                format!(
                    "Repository policy does not exist for the repository with name '{name}' in \
                     the registry with id '{}'",
                    place.account
                ),
            ));
        }
        None => admitting(&place, &repository.allows),
    };
    Answer::json(&json!({
        "registryId": place.account,
        "repositoryName": name,
        "policyText": policy,
    }))
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html>
pub(super) fn set_repository_policy(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let (place, name) = input.of.read(call)?;
    let policy = policy_text(input.policy_text, "Invalid repository policy provided")?;
    let mut registries = call.state.registries_mut();
    let repository = find_repository_mut(&mut registries, &place, &name)?;
    repository.policy = Some(policy.clone());
    Answer::json(&json!({
        "registryId": place.account,
        "repositoryName": name,
        "policyText": policy,
    }))
}

/// The policy that was put. A snapshot says of each repository whom it admits, so a registry that
/// comes from one has none.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryPolicy.html>
pub(super) fn get_registry_policy(call: &Call<'_>) -> Outcome {
    let place = &call.caller.place;
    let registries = call.state.registries();
    let policy = registries.get(place).and_then(|registry| registry.policy.as_ref());
    let policy = policy.ok_or_else(|| {
        ApiError::new(
            "RegistryPolicyNotFoundException",
            format!("Registry policy does not exist in the registry with id '{}'", place.account),
        )
    })?;
    Answer::json(&json!({ "registryId": place.account, "policyText": policy }))
}

/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryPolicy.html>
pub(super) fn put_registry_policy(call: &Call<'_>) -> Outcome {
    let input: Input = call.input()?;
    let policy = policy_text(input.policy_text, "Invalid registry policy provided")?;
    let place = &call.caller.place;
    let mut registries = call.state.registries_mut();
    registries.entry(place.clone()).or_default().policy = Some(policy.clone());
    Answer::json(&json!({ "registryId": place.account, "policyText": policy }))
}

fn policy_text(text: Option<String>, problem: &str) -> Result<String, ApiError> {
    let text = required(text, "policyText")?;
    if serde_json::from_str::<Value>(&text).is_ok_and(|policy| policy.is_object()) {
        Ok(text)
    } else {
        Err(ApiError::invalid_parameter("PolicyText", problem))
    }
}

/// The policy as people write it: accounts by their root, the organization by a condition.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html>
fn admitting(place: &Place, allows: &[Admitted]) -> String {
    let statements: Vec<Value> = allows
        .iter()
        .map(|admitted| {
            let mut statement = json!({
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            });
            match admitted {
                Admitted::Account(account) => {
                    let root = format!("arn:{}:iam::{account}:root", partition(&place.region));
                    statement["Principal"] = json!({ "AWS": root });
                }
                Admitted::Organization => {
                    statement["Condition"] =
                        json!({ "StringEquals": { "aws:PrincipalOrgID": ORGANIZATION } });
                }
                Admitted::Public => {}
            }
            statement
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

//! Task definitions.

use std::collections::BTreeMap;

use ecr_sweep_protocol::snapshot::Resource;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Page, invalid, list};
use crate::arn::arn;
use crate::paging::Binding;
use crate::state::{Ecs, family_and_revision, text};
use crate::wire::{Answer, ApiError, Call, Outcome, epoch, required};

const ACTIVE: &str = "ACTIVE";

pub(super) fn not_found() -> ApiError {
    ApiError::new("ClientException", "Unable to describe task definition.")
}

impl Ecs {
    /// A revision by ARN, `family:revision`, or family, which means its newest ACTIVE revision.
    pub(super) fn definition(&self, named: &str) -> Option<&Resource> {
        let (family, revision) = family_and_revision(named)?;
        match revision {
            Some(revision) => self.task_definitions.get(&(family, revision)),
            None => self
                .task_definitions
                .range((family.clone(), 0)..=(family, u32::MAX))
                .rev()
                .map(|(_, definition)| definition)
                .find(|definition| text(definition, "status") == Some(ACTIVE)),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    family_prefix: Option<String>,
    status: Option<String>,
    sort: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// The families whose name begins so: those with an ACTIVE revision (`ACTIVE`), those with none
/// (`INACTIVE`), or both (`ALL`, and without a status); 100 a page.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitionFamilies.html>
pub(super) fn list_task_definition_families(call: &Call<'_>) -> Outcome {
    let input: ListInput = call.input()?;
    let prefix = input.family_prefix.as_deref().unwrap_or_default();
    let status = input.status.as_deref().unwrap_or("ALL");
    let wanted = match status {
        ACTIVE => Some(true),
        "INACTIVE" => Some(false),
        "ALL" => None,
        _ => return Err(invalid("status must be one of ACTIVE, INACTIVE, ALL")),
    };
    let all = call.state.ecs();
    let mut families: BTreeMap<&str, bool> = BTreeMap::new();
    for ((family, _), definition) in
        all.get(&call.caller.place).into_iter().flat_map(|ecs| &ecs.task_definitions)
    {
        if family.starts_with(prefix) {
            *families.entry(family).or_default() |= text(definition, "status") == Some(ACTIVE);
        }
    }
    let rows = families
        .iter()
        .filter(|(_, active)| wanted.is_none_or(|wanted| wanted == **active))
        .map(|(family, _)| (*family, *family));
    let page = Page {
        asked: input.max_results,
        default: 100,
        token: input.next_token.as_deref(),
        bound_to: &[prefix, status],
    };
    list(call, "families", &page, rows)
}

/// The revisions of one family, or of all, by family and revision; ACTIVE ones unless another
/// status is asked for; 100 a page.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html>
pub(super) fn list_task_definitions(call: &Call<'_>) -> Outcome {
    let input: ListInput = call.input()?;
    let family = input.family_prefix.as_deref();
    let status = input.status.as_deref().unwrap_or(ACTIVE);
    if ![ACTIVE, "INACTIVE", "DELETE_IN_PROGRESS"].contains(&status) {
        return Err(invalid("status must be one of ACTIVE, INACTIVE, DELETE_IN_PROGRESS"));
    }
    let sort = input.sort.as_deref().unwrap_or("ASC");
    let descending = match sort {
        "ASC" => false,
        "DESC" => true,
        _ => return Err(invalid("sort must be one of ASC, DESC")),
    };
    let size = call.page_size(input.max_results, 100, 100)?;
    let place = call.caller.place.to_string();
    let binding =
        Binding::new(&[&call.operation.name, &place, family.unwrap_or_default(), status, sort]);
    let after = binding.start(input.next_token.as_deref())?;
    let after = after.as_deref().and_then(family_and_revision);
    let after = after.and_then(|(family, revision)| Some((family, revision?)));
    let all = call.state.ecs();
    let mut rows: Vec<_> = all
        .get(&call.caller.place)
        .into_iter()
        .flat_map(|ecs| &ecs.task_definitions)
        .filter(|((own, _), _)| family.is_none_or(|family| family == own))
        .filter(|(_, definition)| text(definition, "status") == Some(status))
        .collect();
    if descending {
        rows.reverse();
    }
    let mut rows = rows.into_iter().skip_while(|(key, _)| {
        after.as_ref().is_some_and(|after| if descending { *key >= after } else { *key <= after })
    });
    let page: Vec<_> = rows.by_ref().take(size).collect();
    let arns: Vec<&str> =
        page.iter().filter_map(|(_, definition)| text(definition, "taskDefinitionArn")).collect();
    let mut answer = json!({ "taskDefinitionArns": arns });
    if let (Some(((family, revision), _)), Some(_)) = (page.last(), rows.next()) {
        answer["nextToken"] = binding.token(&format!("{family}:{revision}")).into();
    }
    Answer::json(&answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneInput {
    task_definition: Option<String>,
}

/// One revision, whatever its status.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html>
pub(super) fn describe_task_definition(call: &Call<'_>) -> Outcome {
    let input: OneInput = call.input()?;
    let definition = call.definition(&required(input.task_definition, "taskDefinition")?)?;
    Answer::json(&json!({ "taskDefinition": definition }))
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html>
pub(super) fn deregister_task_definition(call: &Call<'_>) -> Outcome {
    let input: OneInput = call.input()?;
    let named = required(input.task_definition, "taskDefinition")?;
    let Some((family, Some(revision))) = family_and_revision(&named) else {
        return Err(invalid("A revision is needed: family:revision, or an ARN"));
    };
    let mut all = call.state.ecs_mut();
    let definition = all
        .get_mut(&call.caller.place)
        .and_then(|ecs| ecs.task_definitions.get_mut(&(family, revision)))
        .ok_or_else(not_found)?;
    definition.insert("status".to_owned(), "INACTIVE".into());
    definition.insert("deregisteredAt".to_owned(), epoch(call.now));
    Answer::json(&json!({ "taskDefinition": definition }))
}

/// The next revision of its family.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
pub(super) fn register_task_definition(call: &Call<'_>) -> Outcome {
    let mut definition: Resource = call.input()?;
    let family = required(text(&definition, "family"), "family")?.to_owned();
    if !definition.get("containerDefinitions").is_some_and(Value::is_array) {
        return Err(ApiError::new("ClientException", "Container list cannot be empty."));
    }
    let mut all = call.state.ecs_mut();
    let ecs = all.entry(call.caller.place.clone()).or_default();
    let newest = ecs
        .task_definitions
        .range((family.clone(), 0)..=(family.clone(), u32::MAX))
        .next_back()
        .map_or(0, |((_, revision), _)| *revision);
    let revision = newest.saturating_add(1);
    let own_arn = arn("ecs", &call.caller.place, &format!("task-definition/{family}:{revision}"));
    let tags = definition.remove("tags").unwrap_or_else(|| json!([]));
    for (member, value) in [
        ("taskDefinitionArn", Value::from(own_arn)),
        ("revision", Value::from(revision)),
        ("status", Value::from(ACTIVE)),
        ("registeredAt", epoch(call.now)),
    ] {
        definition.insert(member.to_owned(), value);
    }
    let answer = Answer::json(&json!({ "taskDefinition": definition, "tags": tags }));
    ecs.task_definitions.insert((family, revision), definition);
    answer
}

//! What there is.

use ecr_sweep_protocol::snapshot::Resource;
use serde_json::{Value, json};

use super::{configuration, function_name, invalid, not_found, qualified};
use crate::paging::{Binding, page_of};
use crate::state::{Function, Functions, LATEST, Version, text};
use crate::wire::{Answer, ApiError, Call, Outcome};

/// The rows of a page, whatever is asked for beyond that.
const PAGE: usize = 50;

/// One page of rows under their member's name.
fn page<T>(
    call: &Call<'_>,
    member: &str,
    bound_to: &str,
    rows: impl Iterator<Item = (String, T)>,
    show: impl Fn(T) -> Value,
) -> Outcome {
    let size = call.rows_of(match call.parameter("MaxItems").map(|asked| asked.parse::<usize>()) {
        None => PAGE,
        Some(Ok(asked)) if (1..=10_000).contains(&asked) => asked.min(PAGE),
        Some(_) => return Err(invalid("MaxItems must be between 1 and 10000")),
    });
    let place = call.caller.place.to_string();
    let binding = Binding::new(&[&call.operation.name, &place, bound_to]);
    let marker = call.parameter("Marker").filter(|marker| !marker.is_empty());
    let (rows, next) =
        page_of(rows, size, binding, marker.as_deref()).map_err(|_| invalid("Invalid Marker"))?;
    let mut answer = json!({ member: rows.into_iter().map(show).collect::<Vec<Value>>() });
    if let Some(next) = next {
        answer["NextMarker"] = next.into();
    }
    Answer::json(&answer)
}

/// `$LATEST` of every function; with `FunctionVersion=ALL` every version, `$LATEST` among them,
/// under its qualified ARN.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
pub(super) fn list_functions(call: &Call<'_>) -> Outcome {
    let versions = call.parameter("FunctionVersion");
    let all_versions = match versions.as_deref() {
        None | Some("") => false,
        Some("ALL") => true,
        Some(_) => return Err(invalid("FunctionVersion must be ALL")),
    };
    let all = call.state.lambda();
    let rows = all
        .get(&call.caller.place)
        .into_iter()
        .flat_map(|functions| &functions.0)
        .flat_map(|(name, function)| {
            function.versions.iter().map(move |(version, entry)| (name, version, entry))
        })
        .filter(|(_, version, _)| all_versions || **version == Version::Latest)
        // A space comes before every character that a name may have.
        .map(|(name, version, entry)| (format!("{name} {}", version.rank()), entry));
    let show = if all_versions { qualified } else { configuration };
    page(call, "Functions", versions.as_deref().unwrap_or_default(), rows, show)
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html>
pub(super) fn list_versions_by_function(call: &Call<'_>) -> Outcome {
    let (name, _) = function_name(call);
    let all = call.state.lambda();
    let function = find(call, all.get(&call.caller.place), &name)?;
    let rows = function.versions.iter().map(|(version, entry)| (version.rank(), entry));
    page(call, "Versions", &name, rows, qualified)
}

/// One version, `$LATEST` unless a qualifier says otherwise, with its image's URI as it was given
/// and as it was resolved.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>
pub(super) fn get_function(call: &Call<'_>) -> Outcome {
    let (mut entry, shown) = asked_for(call)?;
    entry.insert("Configuration".to_owned(), shown);
    Answer::json(&entry)
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>
pub(super) fn get_function_configuration(call: &Call<'_>) -> Outcome {
    Answer::json(&asked_for(call)?.1)
}

/// The version of a function that is asked for, and its configuration as it is shown.
fn asked_for(call: &Call<'_>) -> Result<(Resource, Value), ApiError> {
    let (name, in_name) = function_name(call);
    let qualifier = call.parameter("Qualifier").filter(|it| !it.is_empty()).or(in_name);
    let all = call.state.lambda();
    let function = find(call, all.get(&call.caller.place), &name)?;
    let asked = qualifier.as_deref().unwrap_or(LATEST);
    let version = match function.aliases.get(asked) {
        Some(alias) => text(alias, "FunctionVersion").unwrap_or(LATEST),
        None => asked,
    };
    let entry = function
        .versions
        .get(&Version::from(version))
        .ok_or_else(|| not_found(call, format!("{name}:{asked}")))?;
    let mut shown = if qualifier.is_none() { configuration(entry) } else { qualified(entry) };
    if let Value::Object(configuration) = &mut shown {
        configuration.entry("LastUpdateStatus").or_insert_with(|| "Successful".into());
    }
    Ok((entry.clone(), shown))
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html>
pub(super) fn list_aliases(call: &Call<'_>) -> Outcome {
    let (name, _) = function_name(call);
    let all = call.state.lambda();
    let function = find(call, all.get(&call.caller.place), &name)?;
    let rows = function.aliases.iter().map(|(name, alias)| (name.clone(), alias));
    page(call, "Aliases", &name, rows, |alias| Value::Object(alias.clone()))
}

fn find<'f>(
    call: &Call<'_>,
    functions: Option<&'f Functions>,
    name: &str,
) -> Result<&'f Function, ApiError> {
    functions.and_then(|functions| functions.0.get(name)).ok_or_else(|| not_found(call, name))
}

/// What an account has that never asked for more.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(super) fn get_account_settings() -> Outcome {
    Answer::json(&json!({
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800_u64,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": 1000,
            "UnreservedConcurrentExecutions": 1000,
        },
        "AccountUsage": { "TotalCodeSize": 0, "FunctionCount": 0 },
    }))
}

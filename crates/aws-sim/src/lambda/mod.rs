//! AWS Lambda: functions that are images, and all their versions.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/welcome.html>

mod reads;
mod writes;

use std::fmt::Display;

use ecr_sweep_protocol::snapshot::Resource;
use serde_json::Value;

use crate::arn::arn;
use crate::state::LATEST;
use crate::wire::{ApiError, Call, Outcome};

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "CreateFunction" => writes::create_function(call),
        "GetAccountSettings" => reads::get_account_settings(),
        "GetFunction" => reads::get_function(call),
        "GetFunctionConfiguration" => reads::get_function_configuration(call),
        "ListAliases" => reads::list_aliases(call),
        "ListFunctions" => reads::list_functions(call),
        "ListVersionsByFunction" => reads::list_versions_by_function(call),
        "PublishVersion" => writes::publish_version(call),
        "UpdateFunctionCode" => writes::update_function_code(call),
        _ => Err(ApiError::unknown_operation().with_status(404)),
    }
}

/// The function's name in a path: the name itself, or a whole or partial ARN with it.
fn function_name(call: &Call<'_>) -> (String, Option<String>) {
    let label = call.operation.labels.first().map(String::as_str).unwrap_or_default();
    let rest = label.rsplit_once("function:").map_or(label, |(_, rest)| rest);
    match rest.split_once(':') {
        Some((name, qualifier)) => (name.to_owned(), Some(qualifier.to_owned())),
        None => (rest.to_owned(), None),
    }
}

fn not_found(call: &Call<'_>, name: impl Display) -> ApiError {
    let arn = arn("lambda", &call.caller.place, &format!("function:{name}"));
    ApiError::new("ResourceNotFoundException", format!("Function not found: {arn}"))
        .with_status(404)
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValueException", message)
}

fn configuration(entry: &Resource) -> Value {
    entry.get("Configuration").cloned().unwrap_or_default()
}

/// The configuration with the version in its ARN, as listings of versions have it.
fn qualified(entry: &Resource) -> Value {
    let mut configuration = configuration(entry);
    let version = configuration.get("Version").and_then(Value::as_str).unwrap_or(LATEST);
    let own_arn = configuration.get("FunctionArn").and_then(Value::as_str).unwrap_or_default();
    let suffix = format!(":{version}");
    if !own_arn.ends_with(&suffix) {
        configuration["FunctionArn"] = format!("{own_arn}{suffix}").into();
    }
    configuration
}

//! AWS Lambda: functions that are images, and all their versions.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/welcome.html>

use std::fmt::Display;

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::snapshot::Resource;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arn::arn;
use crate::paging::{Binding, page_of};
use crate::state::{Function, Functions, LATEST, Version, text};
use crate::wire::{Answer, ApiError, Call, Outcome, required};

/// The rows of a page, whatever is asked for beyond that.
const PAGE: usize = 50;

/// Every operation that is known; the others of the service are an `UnknownOperationException`.
pub(crate) fn call(call: &Call<'_>) -> Outcome {
    match call.operation.name.as_str() {
        "CreateFunction" => create_function(call),
        "GetFunction" => get_function(call),
        "ListAliases" => list_aliases(call),
        "ListFunctions" => list_functions(call),
        "ListVersionsByFunction" => list_versions_by_function(call),
        "PublishVersion" => publish_version(call),
        "UpdateFunctionCode" => update_function_code(call),
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

/// One page of rows under their member's name.
fn page<'a>(
    call: &Call<'_>,
    member: &str,
    bound_to: &str,
    rows: impl Iterator<Item = (&'a str, Value)>,
) -> Outcome {
    let asked = call.parameter("MaxItems").map(|asked| asked.parse::<usize>());
    let size = match asked {
        None => PAGE,
        Some(Ok(asked)) if (1..=10_000).contains(&asked) => asked.min(PAGE),
        Some(_) => return Err(invalid("MaxItems must be between 1 and 10000")),
    };
    let place = call.caller.place.to_string();
    let binding = Binding::new(&[&call.operation.name, &place, bound_to]);
    let marker = call.parameter("Marker").filter(|marker| !marker.is_empty());
    let (rows, next) =
        page_of(rows, size, binding, marker.as_deref()).map_err(|_| invalid("Invalid Marker"))?;
    let mut answer = json!({ member: rows });
    if let Some(next) = next {
        answer["NextMarker"] = next.into();
    }
    Answer::json(&answer)
}

/// `$LATEST` of every function; with `FunctionVersion=ALL` every version, `$LATEST` among them,
/// under its qualified ARN.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
fn list_functions(call: &Call<'_>) -> Outcome {
    let versions = call.parameter("FunctionVersion");
    let all_versions = match versions.as_deref() {
        None | Some("") => false,
        Some("ALL") => true,
        Some(_) => return Err(invalid("FunctionVersion must be ALL")),
    };
    let all = call.state.lambda();
    let rows: Vec<(String, Value)> = all
        .get(&call.caller.place)
        .into_iter()
        .flat_map(|functions| &functions.0)
        .flat_map(|(name, function)| {
            function.versions.iter().map(move |(version, entry)| (name, version, entry))
        })
        .filter(|(_, version, _)| all_versions || **version == Version::Latest)
        .map(|(name, version, entry)| {
            let row = if all_versions { qualified(entry) } else { configuration(entry) };
            // A space comes before every character that a name may have.
            (format!("{name} {}", version.rank()), row)
        })
        .collect();
    let rows = rows.iter().map(|(name, row)| (name.as_str(), row.clone()));
    page(call, "Functions", versions.as_deref().unwrap_or_default(), rows)
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html>
fn list_versions_by_function(call: &Call<'_>) -> Outcome {
    let (name, _) = function_name(call);
    let all = call.state.lambda();
    let function = find(call, all.get(&call.caller.place), &name)?;
    let rows: Vec<(String, Value)> = function
        .versions
        .iter()
        .map(|(version, entry)| (version.rank(), qualified(entry)))
        .collect();
    let rows = rows.iter().map(|(rank, row)| (rank.as_str(), row.clone()));
    page(call, "Versions", &name, rows)
}

/// One version, `$LATEST` unless a qualifier says otherwise, with its image's URI as it was given
/// and as it was resolved.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>
fn get_function(call: &Call<'_>) -> Outcome {
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
    if qualifier.is_none() {
        return Answer::json(entry);
    }
    let mut entry = entry.clone();
    entry.insert("Configuration".to_owned(), qualified(&entry));
    Answer::json(&entry)
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html>
fn list_aliases(call: &Call<'_>) -> Outcome {
    let (name, _) = function_name(call);
    let all = call.state.lambda();
    let function = find(call, all.get(&call.caller.place), &name)?;
    let rows =
        function.aliases.iter().map(|(alias, row)| (alias.as_str(), Value::Object(row.clone())));
    page(call, "Aliases", &name, rows)
}

fn find<'f>(
    call: &Call<'_>,
    functions: Option<&'f Functions>,
    name: &str,
) -> Result<&'f Function, ApiError> {
    functions.and_then(|functions| functions.0.get(name)).ok_or_else(|| not_found(call, name))
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateInput {
    function_name: Option<String>,
    role: Option<String>,
    package_type: Option<String>,
    code: Option<Code>,
    #[serde(default)]
    publish: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Code {
    image_uri: Option<String>,
}

/// Creates a function from an image, which must be there. Zip files are not kept: a function of
/// one is listed and has no image.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
fn create_function(call: &Call<'_>) -> Outcome {
    let input: CreateInput = call.input()?;
    let name = required(input.function_name, "FunctionName")?;
    let package = input.package_type.unwrap_or_else(|| "Zip".to_owned());
    let code = match input.code.and_then(|code| code.image_uri) {
        Some(uri) => Some(resolved(call, &uri)?),
        None if package == "Image" => {
            return Err(invalid("ImageUri is needed for PackageType Image"));
        }
        None => None,
    };
    let mut all = call.state.lambda_mut();
    let functions = &mut all.entry(call.caller.place.clone()).or_default().0;
    if functions.contains_key(&name) {
        return Err(ApiError::new(
            "ResourceConflictException",
            format!("Function already exist: {name}"),
        )
        .with_status(409));
    }
    let configuration = json!({
        "FunctionName": name,
        "FunctionArn": arn("lambda", &call.caller.place, &format!("function:{name}")),
        "Role": input.role.unwrap_or_default(),
        "PackageType": package,
        "Version": LATEST,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "LastModified": call.now.to_string(),
    });
    let mut entry = Resource::from_iter([("Configuration".to_owned(), configuration)]);
    if let Some(code) = code {
        entry.insert("Code".to_owned(), code);
    }
    let function = functions.entry(name).or_default();
    function.versions.insert(Version::Latest, entry);
    let made = if input.publish { function.publish() } else { function.latest() };
    Ok(Answer::json(&made)?.with_status(201))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateInput {
    image_uri: Option<String>,
    #[serde(default)]
    publish: bool,
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>
fn update_function_code(call: &Call<'_>) -> Outcome {
    let input: UpdateInput = call.input()?;
    let (name, _) = function_name(call);
    let code = resolved(call, &required(input.image_uri, "ImageUri")?)?;
    let mut all = call.state.lambda_mut();
    let function = find_mut(call, all.get_mut(&call.caller.place), &name)?;
    if let Some(latest) = function.versions.get_mut(&Version::Latest) {
        latest.insert("Code".to_owned(), code);
    }
    let made = if input.publish { function.publish() } else { function.latest() };
    Answer::json(&made)
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html>
fn publish_version(call: &Call<'_>) -> Outcome {
    let (name, _) = function_name(call);
    let mut all = call.state.lambda_mut();
    let function = find_mut(call, all.get_mut(&call.caller.place), &name)?;
    Ok(Answer::json(&function.publish())?.with_status(201))
}

fn find_mut<'f>(
    call: &Call<'_>,
    functions: Option<&'f mut Functions>,
    name: &str,
) -> Result<&'f mut Function, ApiError> {
    functions.and_then(|functions| functions.0.get_mut(name)).ok_or_else(|| not_found(call, name))
}

/// The code of an image as `GetFunction` shows it: the tag resolved to the digest that it has now.
/// Lambda takes images of its own Region only.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
fn resolved(call: &Call<'_>, uri: &str) -> Result<Value, ApiError> {
    let digest: Digest = call.state.resolve(uri).ok_or_else(|| {
        invalid(format!("Source image {uri} does not exist. Provide a valid source image."))
    })?;
    let bare = uri.split_once('@').map_or(uri, |(bare, _)| bare);
    let (registry, path) = bare.split_once('/').unwrap_or((bare, ""));
    if !registry.contains(&format!(".{}.", call.caller.place.region)) {
        return Err(invalid(format!("Source image {uri} is not in the Region of the function")));
    }
    let repository = path.split_once(':').map_or(path, |(repository, _)| repository);
    Ok(json!({
        "RepositoryType": "ECR",
        "ImageUri": uri,
        "ResolvedImageUri": format!("{registry}/{repository}@{digest}"),
    }))
}

impl Function {
    fn latest(&self) -> Value {
        self.versions.get(&Version::Latest).map(configuration).unwrap_or_default()
    }

    /// Publishes `$LATEST` as the next version, unless the newest one has the same code.
    fn publish(&mut self) -> Value {
        let Some(latest) = self.versions.get(&Version::Latest) else { return Value::Null };
        let newest = self.versions.iter().rev().find_map(|(version, entry)| match version {
            Version::Published(number) => Some((*number, entry)),
            _ => None,
        });
        if let Some((_, entry)) = newest
            && entry.get("Code") == latest.get("Code")
        {
            return configuration(entry);
        }
        let number = newest.map_or(0, |(number, _)| number) + 1;
        let mut entry = latest.clone();
        let mut published = configuration(&entry);
        published["Version"] = number.to_string().into();
        entry.insert("Configuration".to_owned(), published);
        let published = qualified(&entry);
        entry.insert("Configuration".to_owned(), published.clone());
        self.versions.insert(Version::Published(number), entry);
        published
    }
}

//! Functions that are created, updated and published.

use ecr_sweep_core::Digest;
use ecr_sweep_protocol::snapshot::Resource;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{configuration, function_name, invalid, not_found, qualified};
use crate::arn::arn;
use crate::state::{Function, Functions, LATEST, Version};
use crate::wire::{Answer, ApiError, Call, Outcome};

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
pub(super) fn create_function(call: &Call<'_>) -> Outcome {
    let input: CreateInput = call.input()?;
    let name = needed(input.function_name, "FunctionName")?;
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
    });
    let mut entry = Resource::from_iter([("Configuration".to_owned(), configuration)]);
    if let Some(code) = code {
        entry.insert("Code".to_owned(), code);
    }
    changed(call, &mut entry);
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
pub(super) fn update_function_code(call: &Call<'_>) -> Outcome {
    let input: UpdateInput = call.input()?;
    let (name, _) = function_name(call);
    let code = resolved(call, &needed(input.image_uri, "ImageUri")?)?;
    let mut all = call.state.lambda_mut();
    let function = find_mut(call, all.get_mut(&call.caller.place), &name)?;
    if let Some(latest) = function.versions.get_mut(&Version::Latest) {
        latest.insert("Code".to_owned(), code);
        changed(call, latest);
    }
    let made = if input.publish { function.publish() } else { function.latest() };
    Answer::json(&made)
}

/// Gives a version another revision id, as each update does, and says what code it has.
fn changed(call: &Call<'_>, entry: &mut Resource) {
    let resolved = entry.get("Code").and_then(|code| code["ResolvedImageUri"].as_str());
    let code = resolved.and_then(|uri| uri.rsplit_once(':')).map(|(_, hex)| hex.to_owned());
    let revision = format!("00000000-0000-4000-8000-{:012x}", call.state.next_serial());
    if let Some(Value::Object(configuration)) = entry.get_mut("Configuration") {
        configuration.insert("LastModified".to_owned(), call.now.to_string().into());
        configuration.insert("RevisionId".to_owned(), revision.into());
        if let Some(code) = code {
            configuration.insert("CodeSha256".to_owned(), code.into());
        }
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html>
pub(super) fn publish_version(call: &Call<'_>) -> Outcome {
    let (name, _) = function_name(call);
    let mut all = call.state.lambda_mut();
    let function = find_mut(call, all.get_mut(&call.caller.place), &name)?;
    Ok(Answer::json(&function.publish())?.with_status(201))
}

fn needed<T>(value: Option<T>, member: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| invalid(format!("{member} must not be null")))
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

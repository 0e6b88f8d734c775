//! AWS Lambda: every version of every function that is an image.
//!
//! Lambda fetches a version's image again weeks later, so every version counts, not only those
//! that an alias names.
//! <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{FunctionConfiguration, FunctionVersion, PackageType};
use ecr_sweep_core::{Digest, KnownKind, Place, Source};
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Resource};
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cache::ReadOnce;
use super::permission::{NO_RESOURCE, Permission, PermittedCalls, PermittedOn};
use super::rows::{Row, Rows, resolved};
use super::{Scan, ScanError, Scanned, UsageSource};
use crate::answer::Answers;
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::sessions::clients::client;
use crate::{AwsError, AwsErrorKind};

/// <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
const ANSWERS: Answers = &[
    ("GetFunction", &["Code.ImageUri", "Configuration.FunctionName", "Configuration.Version"]),
    (
        "ListFunctions",
        &[
            "Functions[].FunctionArn",
            "Functions[].FunctionName",
            "Functions[].PackageType",
            "Functions[].Version",
        ],
    ),
];

/// The version that changes.
const LATEST: &str = "$LATEST";

/// The most functions that a page has with every version listed.
const FUNCTIONS_A_PAGE: i32 = 50;

/// One version of a function, as the list of them shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    /// The qualified ARN.
    arn: Box<str>,
    function: Box<str>,
    qualifier: Box<str>,
    content: Option<Content>,
    modified_at: Option<Timestamp>,
}

/// What a version holds: a function that is made anew counts its versions from 1 again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    code_sha256: Box<str>,
    revision_id: Box<str>,
}

/// The image of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    image_uri: Box<str>,
    resolved_image_uri: Option<Box<str>>,
}

/// A published version's image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    content: Content,
    code: Code,
}

const PERMISSIONS: &[Permission] = &[
    Permission {
        resource: PermittedOn::Everything,
        because: NO_RESOURCE,
        calls: &[PermittedCalls {
            actions: &["lambda:ListFunctions"],
            purpose: "every version of every function",
        }],
    },
    Permission {
        resource: PermittedOn::InAccount { service: "lambda", resources: "function:*" },
        because: "Every function of the account could be made of an image; this call reads.",
        calls: &[PermittedCalls {
            actions: &["lambda:GetFunction"],
            purpose: "the image of a version",
        }],
    },
];

/// AWS Lambda.
#[derive(Debug)]
pub(super) struct Lambda;

impl UsageSource for Lambda {
    fn source(&self) -> Source {
        Source::Lambda
    }

    fn permissions(&self) -> &'static [Permission] {
        PERMISSIONS
    }

    fn scan<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Scanned, ScanError>> {
        Box::pin(scan_functions(scan))
    }
}

async fn scan_functions(scan: &Scan<'_>) -> Result<Scanned, ScanError> {
    let place = scan.account_and_region();
    let client = client!(aws_sdk_lambda, &scan.config(), &place, "lambda", ANSWERS);
    let reader = Reader { client, place: place.clone() };
    let versions = reader.versions().await?;
    let codes = scan.cache.read_through(scan, &reader, versions.iter().cloned()).await?;
    let mut rows = Rows::new(scan);
    let mut functions = Vec::new();
    for (version, code) in
        versions.iter().filter_map(|version| Some((version, codes.get(&version.arn)?)))
    {
        rows.add(Row {
            kind: KnownKind::LAMBDA_VERSION,
            arn: &version.arn,
            reference: &code.image_uri,
            task_definition: None,
            resolved: code.digest(&version.arn)?,
            deployed_at: version.modified_at,
        });
        functions.push(resource(version, code));
    }
    let workloads = PlaceWorkloads::nothing(Source::Lambda, place).with("functions", functions);
    Ok(Scanned { usage: rows.into_usage(), workloads })
}

/// Calls to AWS Lambda in one account and Region.
struct Reader {
    client: Client,
    place: Place,
}

impl Reader {
    /// The versions that are images, sorted by ARN.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
    async fn versions(&self) -> Result<Vec<Version>, AwsError> {
        let call = &Call::new("lambda", "ListFunctions", &self.place);
        let mut versions = every_page(call, |marker| {
            let list = self
                .client
                .list_functions()
                .function_version(FunctionVersion::All)
                .max_items(FUNCTIONS_A_PAGE)
                .set_marker(marker);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                let mut items = Vec::new();
                for function in &call.sent("Functions", page.functions)? {
                    items.extend(read(call, function)?);
                }
                Ok(Page { items, next: page.next_marker })
            }
        })
        .await?;
        versions.sort_by(|one, other| one.arn.cmp(&other.arn));
        versions.dedup_by(|one, other| one.arn == other.arn);
        Ok(versions)
    }
}

impl ReadOnce for Reader {
    type Item = Version;
    type Value = Code;
    type Kept = Published;

    const NAME: &'static str = "lambda-versions";

    fn key<'i>(&self, version: &'i Version) -> &'i str {
        &version.arn
    }

    fn recall(&self, version: &Version, known: &Published) -> Option<Code> {
        (Some(&known.content) == version.content.as_ref()).then(|| known.code.clone())
    }

    fn keep(&self, version: &Version, code: &Code) -> Option<Published> {
        let content = version.never_changes(code)?;
        Some(Published { content, code: code.clone() })
    }

    /// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>
    async fn read(&self, version: &Version) -> Result<Option<Code>, AwsError> {
        let call = Call::new("lambda", "GetFunction", &self.place).about(&version.arn);
        let answer = self
            .client
            .get_function()
            .function_name(&*version.function)
            .qualifier(&*version.qualifier)
            .send()
            .await;
        let answer = match answer.map_err(|error| call.failed(error)) {
            Err(error) if error.kind == AwsErrorKind::NotFound => return Ok(None),
            answer => answer?,
        };
        let described = call.sent("Configuration", answer.configuration())?;
        if described.function_name() != Some(&version.function)
            || described.version() != Some(&version.qualifier)
        {
            return Err(call.unreadable("it describes another function, or another version"));
        }
        let code = call.sent("Code", answer.code())?;
        Ok(Some(Code {
            image_uri: call.sent_text("Code.ImageUri", code.image_uri())?,
            resolved_image_uri: code.resolved_image_uri().map(Into::into),
        }))
    }
}

/// The version, if it is an image.
fn read(call: &Call<'_>, function: &FunctionConfiguration) -> Result<Option<Version>, AwsError> {
    let name = &*call.sent_text("FunctionName", function.function_name())?;
    let arn = &*call.sent_text("FunctionArn", function.function_arn())?;
    let version = &*call.sent_text("Version", function.version())?;
    match function.package_type() {
        Some(PackageType::Image) => {}
        Some(PackageType::Zip) => return Ok(None),
        unknown => {
            return Err(call
                .about(name)
                .unreadable(format!("{unknown:?} is no known package type")));
        }
    }
    let qualifier = format!(":{version}");
    let arn =
        if arn.ends_with(&qualifier) { arn.into() } else { format!("{arn}{qualifier}").into() };
    let content = function.code_sha256().zip(function.revision_id());
    Ok(Some(Version {
        arn,
        function: name.into(),
        qualifier: version.into(),
        content: content.map(|(code_sha256, revision_id)| Content {
            code_sha256: code_sha256.into(),
            revision_id: revision_id.into(),
        }),
        modified_at: modified_at(call, name, function.last_modified())?,
    }))
}

/// Lambda writes its offset without a colon: `2026-11-20T10:11:12.345+0000`.
fn modified_at(
    call: &Call<'_>,
    name: &str,
    text: Option<&str>,
) -> Result<Option<Timestamp>, AwsError> {
    let Some(text) = text else { return Ok(None) };
    let read = text.parse().map(Some);
    read.map_err(|_| call.about(name).unreadable(format!("LastModified is no time: `{text}`")))
}

impl Version {
    /// What identifies the content, if neither it nor its image can change any more.
    fn never_changes(&self, code: &Code) -> Option<Content> {
        let is_settled = &*self.qualifier != LATEST && code.resolved_image_uri.is_some();
        self.content.clone().filter(|_| is_settled)
    }
}

impl Code {
    /// The digest that Lambda resolved the image to, where it says.
    fn digest(&self, arn: &str) -> Result<Option<Digest>, ScanError> {
        let digest = self.resolved_image_uri.as_deref().and_then(|uri| uri.split_once('@'));
        resolved(arn, digest.map(|(_, digest)| digest))
    }
}

/// The version in the shape of `GetFunction`, with no more than names and the image.
fn resource(version: &Version, code: &Code) -> Resource {
    let mut configuration = Resource::from_iter([
        ("FunctionName".to_owned(), json!(version.function)),
        ("FunctionArn".to_owned(), json!(version.arn)),
        ("Version".to_owned(), json!(version.qualifier)),
        ("PackageType".to_owned(), json!("Image")),
    ]);
    if let Some(modified_at) = version.modified_at {
        configuration.insert("LastModified".to_owned(), json!(modified_at));
    }
    if let Some(content) = &version.content {
        configuration.insert("CodeSha256".to_owned(), json!(content.code_sha256));
        configuration.insert("RevisionId".to_owned(), json!(content.revision_id));
    }
    let mut image = Resource::from_iter([
        ("RepositoryType".to_owned(), json!("ECR")),
        ("ImageUri".to_owned(), json!(code.image_uri)),
    ]);
    if let Some(resolved) = &code.resolved_image_uri {
        image.insert("ResolvedImageUri".to_owned(), json!(resolved));
    }
    Resource::from_iter([
        ("Configuration".to_owned(), configuration.into()),
        ("Code".to_owned(), image.into()),
    ])
}

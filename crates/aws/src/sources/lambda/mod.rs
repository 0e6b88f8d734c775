//! AWS Lambda: every version of every function that is an image.
//!
//! Lambda fetches a version's image again weeks later, so every version counts, not only those
//! that an alias names.
//! <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
//!
//! `ListFunctions` says of each version that it is an image, but not which: that only
//! `GetFunction` says. A version that the list shows as it was when it was read has the image that
//! it had: a published one never changes, and the others get another revision id with each update.
//!
//! A function whose code is an archive runs on an image, too, where its runtime is one that an
//! account publishes: these images are those of the runtimes' versions.

mod runtime;

use std::collections::BTreeMap;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{
    FunctionConfiguration, FunctionVersion, LastUpdateStatus, PackageType,
};
use ecr_sweep_core::{Digest, KnownKind, Place, Source};
use ecr_sweep_protocol::snapshot::{PlaceWorkloads, Resource};
use futures::channel::mpsc;
use futures::future::BoxFuture;
use futures::try_join;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cache::{Read, ReadOnce, Remembered, one_by_one};
use super::gone::{Looks, look};
use super::permission::{NO_RESOURCE, Permission, PermittedCalls, PermittedOn};
use super::probe::{Look, first_found, first_of};
use super::rows::{Row, Rows, resolved};
use super::table::{Evidence, RUNTIMES_PERMISSION};
use super::{Found, Scan, ScanError, Scanned, UsageSource, to_its_end};
use crate::answer::Answers;
use crate::call::Call;
use crate::concurrently::hand_on;
use crate::paging::{Page, each_page};
use crate::sessions::clients::paced_client;
use crate::{AwsError, AwsErrorKind};
use runtime::{Publisher, first_runtimes, published_runtimes};

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

/// How many calls of `GetFunction` are answered a second, and how many of all other reads.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const FUNCTIONS_A_SECOND: f64 = 100.0;
const OTHERS_A_SECOND: f64 = 15.0;

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
///
/// The revision id is what Lambda itself tells by whether a function has changed since it was read.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    code_sha256: Box<str>,
    revision_id: Box<str>,
    /// When it was changed last, where it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    modified_at: Option<Timestamp>,
}

/// The image of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    image_uri: Box<str>,
    resolved_image_uri: Option<Box<str>>,
}

/// The image of a version, and whether the version has no other without saying so.
struct Image {
    code: Code,
    is_settled: bool,
}

/// The image of a version that has not changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settled {
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
    RUNTIMES_PERMISSION,
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

    /// What says nothing of images does not count: most functions are archives.
    fn probe<'a>(&'a self, scan: &'a Scan<'a>) -> BoxFuture<'a, Result<Option<Found>, ScanError>> {
        Box::pin(async move {
            let place = scan.account_and_region();
            let reader = Reader::new(scan, place);
            first_of([Box::pin(reader.first_versions()) as Look<'_>, first_runtimes(scan)]).await
        })
    }
}

async fn scan_functions(scan: &Scan<'_>) -> Result<Scanned, ScanError> {
    let place = scan.account_and_region();
    let reader = Reader::new(scan, place.clone());
    let remembered = Remembered::new(scan);
    let gathered = scan.in_time(Box::pin(reader.gather(scan, &remembered))).await;
    let written = remembered.write(scan.cache, gathered.is_ok()).await;
    let (images, runtimes) = gathered?;
    written?;
    let mut rows = Rows::new(scan);
    for evidence in &runtimes {
        evidence.add_to(&mut rows);
    }
    let mut functions = Vec::new();
    for (version, code) in images.values() {
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
    let seen = Scanned::of(rows.into_usage(), workloads);
    Ok(Scanned { found: seen.found + runtimes.len() as u64, ..seen })
}

/// Calls to AWS Lambda in one account and Region.
///
/// `GetFunction` has a rate of its own, seven times that of all other reads together.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
struct Reader {
    lists: Client,
    functions: Client,
    looks: Looks,
    place: Place,
}

/// The versions that are images, with what they are made of, by ARN.
type Images = BTreeMap<Box<str>, (Version, Code)>;

/// A version of a function, as far as it says anything of images.
enum Listed {
    Image(Version),
    /// It runs on an image that an account publishes.
    OnPublished,
}

impl Reader {
    fn new(scan: &Scan<'_>, place: Place) -> Self {
        let config = scan.config();
        let (lists, functions) = (
            paced_client!(
                aws_sdk_lambda,
                OTHERS_A_SECOND,
                &config,
                &place,
                "lambda-lists",
                ANSWERS
            ),
            paced_client!(
                aws_sdk_lambda,
                FUNCTIONS_A_SECOND,
                &config,
                &place,
                "lambda-functions",
                ANSWERS
            ),
        );
        Self { lists, functions, looks: Looks::of(&config), place }
    }

    /// The versions that are images, and what names those that archives run on. Of several errors
    /// it is the first in this order, whichever was there first.
    async fn gather(
        &self,
        scan: &Scan<'_>,
        remembered: &Remembered<Self>,
    ) -> Result<(Images, Vec<Evidence>), ScanError> {
        let (images, runtimes) = try_join!(
            to_its_end(self.images(scan, remembered)),
            to_its_end(published_runtimes(scan)),
        )?;
        let (images, on_published) = images?;
        match (runtimes?, on_published) {
            (None, Some(function)) => {
                let call = Call::new("lambda", "ListFunctions", &self.place).about(&function);
                let problem = "it runs on a published runtime, and the endpoint knows of none";
                Err(call.unreadable(problem).into())
            }
            (Some(runtimes), _) => Ok((images, runtimes)),
            (None, None) => Ok((images, Vec::new())),
        }
    }

    /// The versions that are images; and, if there is one, a function that runs on an image that
    /// an account publishes.
    ///
    /// The list can only be paged in order, and slowly: what a page names is read meanwhile.
    async fn images(
        &self,
        scan: &Scan<'_>,
        remembered: &Remembered<Self>,
    ) -> Result<(Images, Option<Box<str>>), ScanError> {
        let (listed, versions) = mpsc::unbounded();
        let mut on_published = None;
        let listing = async {
            let listed = listed;
            self.versions(|function, version| match version {
                Listed::Image(version) => hand_on(&listed, version),
                Listed::OnPublished => drop(on_published.get_or_insert(function)),
            })
            .await
            .map_err(ScanError::from)
        };
        let mut images = BTreeMap::new();
        let reading = remembered.read_through(scan, self, versions, |version, image| {
            images.insert(version.arn.clone(), (version, image.code));
        });
        let (listing, reading) = try_join!(to_its_end(listing), to_its_end(reading))?;
        listing.and(reading)?;
        Ok((images, on_published))
    }

    /// The versions that say anything of images, each with its function's name.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
    async fn versions(&self, mut found: impl FnMut(Box<str>, Listed)) -> Result<(), AwsError> {
        let call = &Call::new("lambda", "ListFunctions", &self.place);
        each_page(
            call,
            |marker| self.page(call, marker),
            |versions: Vec<_>| {
                for (function, version) in versions {
                    found(function, version);
                }
            },
        )
        .await
    }

    /// The first of these versions, if there are any.
    async fn first_versions(&self) -> Result<Option<Found>, ScanError> {
        let call = &Call::new("lambda", "ListFunctions", &self.place);
        let page = |marker| async move {
            let Page { items, next } = self.page(call, marker).await?;
            let names = items.into_iter().map(|(function, version)| match version {
                Listed::Image(version) => version.arn,
                Listed::OnPublished => function,
            });
            Ok(Page { items: names.collect(), next })
        };
        Ok(first_found(call, page).await?)
    }

    /// A page of them.
    async fn page(
        &self,
        call: &Call<'_>,
        marker: Option<String>,
    ) -> Result<Page<(Box<str>, Listed)>, AwsError> {
        let list = self
            .lists
            .list_functions()
            .function_version(FunctionVersion::All)
            .max_items(FUNCTIONS_A_PAGE)
            .set_marker(marker);
        let page = list.send().await.map_err(|error| call.failed(error))?;
        let mut items = Vec::new();
        for function in &call.sent("Functions", page.functions)? {
            items.extend(read(call, function)?);
        }
        Ok(Page { items, next: page.next_marker })
    }

    /// What a version is made of. None: it is gone since it was listed.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>
    async fn image(&self, version: &Version) -> Result<Option<Image>, AwsError> {
        let call = Call::new("lambda", "GetFunction", &self.place).about(&version.arn);
        let ask = || async {
            let ask = self.functions.get_function().function_name(&*version.function);
            let answer = ask.qualifier(&*version.qualifier).send().await;
            answer.map_err(|error| call.failed(error))
        };
        let is_gone = |error: &AwsError| error.kind == AwsErrorKind::NotFound;
        let Some(answer) = look(self.looks, is_gone, ask).await? else { return Ok(None) };
        let described = call.sent("Configuration", answer.configuration())?;
        if described.function_name() != Some(&version.function)
            || described.version() != Some(&version.qualifier)
        {
            return Err(call.unreadable("it describes another function, or another version"));
        }
        let code = call.sent("Code", answer.code())?;
        let code = Code {
            image_uri: call.sent_text("Code.ImageUri", code.image_uri())?,
            resolved_image_uri: code.resolved_image_uri().map(Into::into),
        };
        let is_settled = code.resolved_image_uri.is_some()
            && (is_published(&version.qualifier) || version.is_described_by(&call, described)?);
        Ok(Some(Image { code, is_settled }))
    }
}

impl ReadOnce for Reader {
    type Item = Version;
    type Value = Image;
    type Kept = Settled;

    const NAME: &'static str = "lambda-versions";

    fn key<'i>(&self, version: &'i Version) -> &'i str {
        &version.arn
    }

    fn recall(&self, version: &Version, known: &Settled) -> Option<Image> {
        let is_same = Some(&known.content) == version.content.as_ref();
        is_same.then(|| Image { code: known.code.clone(), is_settled: true })
    }

    fn keep(&self, version: &Version, image: &Image) -> Option<Settled> {
        let content = version.content.clone().filter(|_| image.is_settled)?;
        Some(Settled { content, code: image.code.clone() })
    }

    async fn read(&self, versions: Vec<Version>) -> Read<Self> {
        let read = async |version: Version| {
            let image = self.image(&version).await?;
            Ok(image.map(|image| (version, image)))
        };
        one_by_one(versions, read).await
    }
}

/// The version with its function's name, if it says anything of images.
fn read(
    call: &Call<'_>,
    function: &FunctionConfiguration,
) -> Result<Option<(Box<str>, Listed)>, AwsError> {
    let name = call.sent_text("FunctionName", function.function_name())?;
    let arn = &*call.sent_text("FunctionArn", function.function_arn())?;
    let version = &*call.sent_text("Version", function.version())?;
    match function.package_type() {
        Some(PackageType::Image) => {}
        Some(PackageType::Zip) => {
            return Ok(match Publisher::of(call, &name, function.runtime())? {
                Publisher::Lambda => None,
                Publisher::AnAccount => Some((name, Listed::OnPublished)),
            });
        }
        unknown => {
            return Err(call
                .about(&name)
                .unreadable(format!("{unknown:?} is no known package type")));
        }
    }
    let qualifier = format!(":{version}");
    let arn =
        if arn.ends_with(&qualifier) { arn.into() } else { format!("{arn}{qualifier}").into() };
    let modified_at = modified_at(call, &name, function.last_modified())?;
    let version = Version {
        arn,
        function: name.clone(),
        qualifier: version.into(),
        content: Content::of(function, version, modified_at),
        modified_at,
    };
    Ok(Some((name, Listed::Image(version))))
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
    /// Whether it is described as it was listed, and not just being changed.
    fn is_described_by(
        &self,
        call: &Call<'_>,
        described: &FunctionConfiguration,
    ) -> Result<bool, AwsError> {
        let modified_at = modified_at(call, &self.function, described.last_modified())?;
        let content = Content::of(described, &self.qualifier, modified_at);
        Ok(content == self.content
            && described.last_update_status() == Some(&LastUpdateStatus::Successful))
    }
}

impl Content {
    fn of(
        function: &FunctionConfiguration,
        version: &str,
        modified_at: Option<Timestamp>,
    ) -> Option<Self> {
        Some(Self {
            code_sha256: function.code_sha256()?.into(),
            revision_id: function.revision_id()?.into(),
            modified_at: modified_at.filter(|_| !is_published(version)),
        })
    }
}

/// Whether a version is one that never changes: `$LATEST` does, and others with a name do.
fn is_published(version: &str) -> bool {
    version.bytes().all(|byte| byte.is_ascii_digit())
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

//! Which operation of which service a request asks for.

use std::fmt;

use hyper::Method;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::signature::service;
use crate::table::{self, Known};

/// A service that the simulator answers for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Service {
    Ecr,
    Ecs,
    Eks,
    Lambda,
    Account,
    CloudTrail,
    Explorer,
    Iam,
    Organizations,
    Quotas,
    S3,
    Secrets,
    Sns,
    Sts,
    /// One of the services that are served by what is known of their operations alone.
    Table(&'static Known),
}

impl Service {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ecr => "ecr",
            Self::Ecs => "ecs",
            Self::Eks => "eks",
            Self::Lambda => "lambda",
            Self::Account => "account",
            Self::CloudTrail => "cloudtrail",
            Self::Explorer => "resource-explorer-2",
            Self::Iam => "iam",
            Self::Organizations => "organizations",
            Self::Quotas => "servicequotas",
            Self::S3 => "s3",
            Self::Secrets => "secretsmanager",
            Self::Sns => "sns",
            Self::Sts => "sts",
            Self::Table(known) => &known.service,
        }
    }

    pub(crate) const fn protocol(self) -> Protocol {
        match self {
            Self::Eks | Self::Lambda | Self::Account | Self::Explorer => Protocol::Rest,
            Self::S3 => Protocol::Xml,
            Self::Iam | Self::Sns | Self::Sts => Protocol::Query,
            Self::Table(known) if known.is_query() => Protocol::Query,
            Self::Table(known) if known.is_rest() => Protocol::Rest,
            Self::Ecr
            | Self::Ecs
            | Self::CloudTrail
            | Self::Organizations
            | Self::Quotas
            | Self::Secrets
            | Self::Table(_) => Protocol::Json,
        }
    }
}

/// How a service's requests and answers are written.
///
/// <https://smithy.io/2.0/aws/protocols/index.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// awsJson1.1: the operation in `X-Amz-Target`, JSON bodies.
    Json,
    /// REST-JSON: the operation in method and path.
    Rest,
    /// awsQuery: the operation in a form, XML answers.
    Query,
    /// REST-XML: the operation in method, path and query, XML answers.
    Xml,
}

/// An operation, as requests are counted and faults are matched: `ecr:DescribeImages`.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) service: Service,
    pub(crate) name: String,
    /// The labels in the path of a REST operation.
    pub(crate) labels: Vec<String>,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service.as_str(), self.name)
    }
}

/// The versions that the targets carry in front of the operation.
const TARGETS: [(&str, Service); 6] = [
    ("AmazonEC2ContainerRegistry_V20150921.", Service::Ecr),
    ("AmazonEC2ContainerServiceV20141113.", Service::Ecs),
    ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.", Service::CloudTrail),
    ("AWSOrganizationsV20161128.", Service::Organizations),
    ("ServiceQuotasV20190624.", Service::Quotas),
    ("secretsmanager.", Service::Secrets),
];

/// The operation that a request asks for, if it is one of a service that is known at all.
pub(crate) fn route(parts: &Parts, body: &[u8]) -> Option<Operation> {
    if let Some((known, labels)) = table::find(parts, body) {
        return Some(operation(Service::Table(known), &known.operation, labels));
    }
    if let Some(target) = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()) {
        return TARGETS.iter().find_map(|(prefix, service)| {
            Some(operation(*service, target.strip_prefix(prefix)?, Vec::new()))
        });
    }
    // Its paths are those of buckets and objects, whatever they are called.
    if service(parts) == Some(Service::S3.as_str()) {
        return Some(objects(parts));
    }
    let path: Vec<String> =
        parts.uri.path().split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    match (&parts.method, words.as_slice()) {
        (&Method::POST, ["listRegions"]) => {
            Some(operation(Service::Account, "ListRegions", Vec::new()))
        }
        (&Method::POST, [name @ ("Search" | "ListIndexes")]) => {
            Some(operation(Service::Explorer, name, Vec::new()))
        }
        (&Method::POST, ["getRegionOptStatus"]) => {
            Some(operation(Service::Account, "GetRegionOptStatus", Vec::new()))
        }
        (&Method::GET, ["clusters"]) => Some(operation(Service::Eks, "ListClusters", Vec::new())),
        (&Method::GET, ["clusters", name]) => {
            Some(operation(Service::Eks, "DescribeCluster", vec![(*name).to_owned()]))
        }
        (&Method::GET, ["_layers", digest, repository @ ..]) => {
            let labels = vec![(*digest).to_owned(), repository.join("/")];
            Some(operation(Service::Ecr, "GetLayer", labels))
        }
        (method, ["2015-03-31", "functions", rest @ ..]) => Some(functions(method, rest)),
        (&Method::GET, ["2016-08-19", "account-settings"]) => {
            Some(operation(Service::Lambda, "GetAccountSettings", Vec::new()))
        }
        (&Method::POST, []) if is_form(parts) => form_urlencoded::parse(body)
            .find(|(key, _)| key == "Action")
            .map(|(_, action)| operation(of_forms(parts), &action, Vec::new())),
        _ => None,
    }
}

/// The service of a form: forms are at the same address, whoever is asked.
fn of_forms(parts: &Parts) -> Service {
    match service(parts) {
        Some("iam") => Service::Iam,
        Some("sns") => Service::Sns,
        _ => Service::Sts,
    }
}

fn functions(method: &Method, rest: &[&str]) -> Operation {
    let name = match (method.as_str(), rest) {
        ("GET", []) => "ListFunctions",
        ("POST", []) => "CreateFunction",
        ("GET", [_]) => "GetFunction",
        ("GET", [_, "configuration"]) => "GetFunctionConfiguration",
        ("GET", [_, "versions"]) => "ListVersionsByFunction",
        ("POST", [_, "versions"]) => "PublishVersion",
        ("GET", [_, "aliases"]) => "ListAliases",
        ("PUT", [_, "code"]) => "UpdateFunctionCode",
        _ => "Unknown",
    };
    operation(
        Service::Lambda,
        name,
        rest.first().map(|name| (*name).to_owned()).into_iter().collect(),
    )
}

/// Every part of a key counts, empty ones too. Only what is modelled is known by its name: any other
/// parameter asks for another operation, or for another way to do it.
fn objects(parts: &Parts) -> Operation {
    let path = parts.uri.path();
    let path = path.strip_prefix('/').unwrap_or(path);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let query = parts.uri.query().unwrap_or_default();
    let names = || form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let is_plain = names().all(|name| name == "x-id");
    let is_list = names().any(|name| name == "list-type");
    let asks_for = |setting: &str| names().any(|name| name == setting);
    let name = match (parts.method.as_str(), key) {
        ("GET", "") if is_list => "ListObjectsV2",
        ("GET", "") if asks_for("encryption") => "GetBucketEncryption",
        ("GET", "") if asks_for("versioning") => "GetBucketVersioning",
        ("GET", "") if asks_for("publicAccessBlock") => "GetPublicAccessBlock",
        ("GET", key) if is_plain && !key.is_empty() => "GetObject",
        ("HEAD", key) if is_plain && !key.is_empty() => "HeadObject",
        ("DELETE", key) if is_plain && !key.is_empty() => "DeleteObject",
        ("POST", key) if asks_for("uploads") && !key.is_empty() => "CreateMultipartUpload",
        ("PUT", key) if asks_for("partNumber") && !key.is_empty() => "UploadPart",
        ("POST", key) if asks_for("uploadId") && !key.is_empty() => "CompleteMultipartUpload",
        ("DELETE", key) if asks_for("uploadId") && !key.is_empty() => "AbortMultipartUpload",
        ("PUT", key) if is_plain && !key.is_empty() => "PutObject",
        _ => "Unknown",
    };
    operation(Service::S3, name, vec![decoded(bucket), decoded(key)])
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn operation(service: Service, name: &str, labels: Vec<String>) -> Operation {
    Operation { service, name: name.to_owned(), labels }
}

fn is_form(parts: &Parts) -> bool {
    parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

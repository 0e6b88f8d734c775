//! Runtimes of AWS Lambda that an account publishes: each of their versions is an image, on which
//! functions of any account run whose code is an archive.
//!
//! A version that waits for its deletion can be restored for up to 30 days, so every state counts.
//! <https://docs.aws.amazon.com/lambda/latest/dg/cmr-delete.html>

use ecr_sweep_core::{KnownKind, Source};

use super::Table;
use super::row::{Given, Pages, Read};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{NO_RESOURCE, Permission, PermittedCalls, PermittedOn};

/// The operations of AWS Lambda that have a model of their own.
const SERVICE: Service = Service {
    name: "lambda",
    host: "lambda",
    id: "Lambda Core",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

const TOKENS: Pages = Pages { given: "nextToken", got: "NextToken" };

pub(in crate::sources) const RUNTIMES_PERMISSION: Permission = Permission {
    resource: PermittedOn::Everything,
    because: NO_RESOURCE,
    calls: &[PermittedCalls {
        actions: &["lambda:ListRuntimes", "lambda:ListRuntimeVersions"],
        purpose: "the image of every version of every runtime that the account publishes",
    }],
};

pub(in crate::sources) const LAMBDA_RUNTIMES: Table = Table {
    source: Source::Lambda,
    permissions: &[RUNTIMES_PERMISSION],
    unseen: &["runtimes that are published in accounts that are not scanned"],
    definitions: None,
    reads: &[Read {
        http: "GET /2026-10-01/runtimes",
        given: &[("maxResults", Given::Number(100))],
        pages: Some(TOKENS),
        items: "Items[]",
        arn: "{Arn}",
        then: &[Read {
            http: "GET /2026-10-01/runtimes/{RuntimeName}/versions",
            given: &[("RuntimeName", Given::Of("Name")), ("maxResults", Given::Number(100))],
            pages: Some(TOKENS),
            items: "Items[]",
            arn: "{Arn}",
            sent: &["ResolvedUri"],
            images: &["ResolvedUri"],
            ..Read::of(&SERVICE, "ListRuntimeVersions", KnownKind::LAMBDA_RUNTIME_VERSION)
        }],
        ..Read::of(&SERVICE, "ListRuntimes", KnownKind::LAMBDA_RUNTIME_VERSION)
    }],
};

//! AWS App Runner: the image of every service.
//!
//! <https://docs.aws.amazon.com/apprunner/latest/api/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::Table;
use super::row::{CAPITAL_TOKENS, Counts, Given, Read};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "apprunner",
    host: "apprunner",
    id: "AppRunner",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.0", target: "AppRunner" },
    answers: &[],
};

pub(in crate::sources) const APP_RUNNER: Table = Table {
    source: Source::AppRunner,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A service of any name could run an image; these calls read.",
        calls: &[PermittedCalls {
            actions: &["apprunner:ListServices", "apprunner:DescribeService"],
            purpose: "App Runner: the image of every service",
        }],
    }],
    unseen: &[],
    definitions: None,
    reads: &[Read {
        given: &[("MaxResults", Given::Number(20))],
        pages: Some(CAPITAL_TOKENS),
        items: "ServiceSummaryList[]",
        arn: "{ServiceArn}",
        counts: Counts::Unless("Status", &["DELETED"]),
        then: &[Read {
            given: &[("ServiceArn", Given::Of("ServiceArn"))],
            items: "Service",
            arn: "{ServiceArn}",
            counts: Counts::Unless("Status", &["DELETED"]),
            sent: &["SourceConfiguration.ImageRepository|SourceConfiguration.CodeRepository"],
            images: &["SourceConfiguration.ImageRepository.ImageIdentifier"],
            ..Read::of(&SERVICE, "DescribeService", KnownKind::APP_RUNNER_SERVICE)
        }],
        ..Read::of(&SERVICE, "ListServices", KnownKind::APP_RUNNER_SERVICE)
    }],
};

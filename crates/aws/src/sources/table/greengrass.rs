//! AWS IoT Greengrass: the images that every version of every component of the account's names.
//! Devices pull them at each deployment.
//!
//! <https://docs.aws.amazon.com/greengrass/v2/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "greengrass",
    host: "greengrass",
    id: "GreengrassV2",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::RestJson,
    answers: &[],
};

const COMPONENT: KnownKind = kind(Source::Greengrass, "greengrass-component");

pub(in crate::sources) const GREENGRASS: Table = Table {
    source: Source::Greengrass,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A component of any name could name an image; these calls read.",
        calls: &[PermittedCalls {
            actions: &[
                "greengrass:ListComponents",
                "greengrass:ListComponentVersions",
                "greengrass:GetComponent",
            ],
            purpose: "Greengrass: the images that every version of a component names",
        }],
    }],
    unseen: &["images that a docker-compose.yml in S3 names"],
    definitions: None,
    reads: &[Read {
        http: "GET /greengrass/v2/components",
        given: &[("scope", Given::Text("PRIVATE")), ("maxResults", Given::Number(100))],
        pages: Some(TOKENS),
        items: "components[]",
        arn: "{arn}",
        then: &[Read {
            http: "GET /greengrass/v2/components/{arn}/versions",
            given: &[("arn", Given::Of("arn")), ("maxResults", Given::Number(100))],
            pages: Some(TOKENS),
            items: "componentVersions[]",
            arn: "{arn}",
            then: &[Read {
                http: "GET /greengrass/v2/components/{arn}",
                given: &[("arn", Given::Of("arn")), ("recipeOutputFormat", Given::Text("JSON"))],
                arn: "{^arn}",
                sent: &["recipe"],
                encoded: &["recipe"],
                ..Read::of(&SERVICE, "GetComponent", COMPONENT)
            }],
            ..Read::of(&SERVICE, "ListComponentVersions", COMPONENT)
        }],
        ..Read::of(&SERVICE, "ListComponents", COMPONENT)
    }],
};

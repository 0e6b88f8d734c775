//! Amazon GameLift Servers: the images of versions of container groups that it has not copied yet.
//! It pulls no image again that it has a copy of.
//!
//! <https://docs.aws.amazon.com/gamelift/latest/apireference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{CAPITAL_TOKENS, Counts, Given, Read, Resolved};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "gamelift",
    host: "gamelift",
    id: "GameLift",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.1", target: "GameLift" },
    answers: &[],
};

const GROUP: KnownKind = kind(Source::Gamelift, "gamelift-container-group");

const fn container(within: &'static str) -> Resolved {
    Resolved { within, image: "ImageUri", digest: "ResolvedImageDigest" }
}

pub(in crate::sources) const GAMELIFT: Table = Table {
    source: Source::Gamelift,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A container group of any name could name an image; these calls read.",
        calls: &[PermittedCalls {
            actions: &[
                "gamelift:ListContainerGroupDefinitions",
                "gamelift:ListContainerGroupDefinitionVersions",
            ],
            purpose: "GameLift: the images of container groups that it has not copied yet",
        }],
    }],
    unseen: &[],
    definitions: None,
    reads: &[Read {
        given: &[("Limit", Given::Number(100))],
        pages: Some(CAPITAL_TOKENS),
        items: "ContainerGroupDefinitions[]",
        arn: "{ContainerGroupDefinitionArn}",
        leads_on: true,
        then: &[Read {
            given: &[("Name", Given::Of("Name")), ("Limit", Given::Number(100))],
            pages: Some(CAPITAL_TOKENS),
            items: "ContainerGroupDefinitions[]",
            arn: "{ContainerGroupDefinitionArn}",
            counts: Counts::Unless("Status", &["READY", "FAILED"]),
            resolved: &[
                container("GameServerContainerDefinition"),
                container("SupportContainerDefinitions[]"),
            ],
            ..Read::of(&SERVICE, "ListContainerGroupDefinitionVersions", GROUP)
        }],
        ..Read::of(&SERVICE, "ListContainerGroupDefinitions", GROUP)
    }],
};

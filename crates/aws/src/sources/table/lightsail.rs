//! Amazon Lightsail: the images of every deployment of every container service.
//!
//! <https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Counts, Given, Read};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "lightsail",
    host: "lightsail",
    id: "Lightsail",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.1", target: "Lightsail_20161128" },
    answers: &[],
};

const SERVICES: KnownKind = kind(Source::Lightsail, "lightsail-service");

pub(in crate::sources) const LIGHTSAIL: Table = Table {
    source: Source::Lightsail,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A container service of any name could run an image; these calls read.",
        calls: &[PermittedCalls {
            actions: &[
                "lightsail:GetContainerServices",
                "lightsail:GetContainerServiceDeployments",
            ],
            purpose: "Lightsail: the images of every deployment of every container service",
        }],
    }],
    unseen: &[],
    definitions: None,
    reads: &[Read {
        items: "containerServices[]",
        arn: "{arn}",
        // Images that were pushed to Lightsail itself have names of no registry.
        texts: &["currentDeployment.containers{}.image", "nextDeployment.containers{}.image"],
        then: &[Read {
            given: &[("serviceName", Given::Of("containerServiceName"))],
            items: "deployments[]",
            arn: "{^arn}",
            counts: Counts::Unless("state", &["FAILED"]),
            sent: &["containers"],
            texts: &["containers{}.image"],
            ..Read::of(&SERVICE, "GetContainerServiceDeployments", SERVICES)
        }],
        ..Read::of(&SERVICE, "GetContainerServices", SERVICES)
    }],
};

//! Amazon Inspector: the images of which it says that tasks of ECS or pods of EKS run them now.
//!
//! It tells of no more than it scans, a day late, and of other accounts where it is their delegated
//! administrator: what it names is kept, and what it does not name shows nothing.
//!
//! <https://docs.aws.amazon.com/inspector/v2/APIReference/API_ListCoverage.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "inspector2",
    host: "inspector2",
    id: "Inspector2",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

const COVERAGE: KnownKind = kind(Source::Inspector, "inspector-coverage");

/// Images with at least one task or pod.
const IN_USE: &str = r#"{
    "resourceType": [{ "comparison": "EQUALS", "value": "AWS_ECR_CONTAINER_IMAGE" }],
    "ecrImageInUseCount": [{ "lowerInclusive": 1 }]
}"#;

pub(in crate::sources) const INSPECTOR: Table = Table {
    source: Source::Inspector,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "Coverage has no resource of its own; the call reads.",
        calls: &[PermittedCalls {
            actions: &["inspector2:ListCoverage"],
            purpose: "Inspector: the images that tasks and pods run",
        }],
    }],
    unseen: &["images that it does not scan", "what nothing but ECS and EKS runs"],
    definitions: None,
    reads: &[Read {
        http: "POST /coverage/list",
        given: &[("filterCriteria", Given::Json(IN_USE)), ("maxResults", Given::Number(200))],
        pages: Some(TOKENS),
        items: "coveredResources[]",
        arn: "{resourceId}",
        sent: &["resourceId"],
        image_arns: &["resourceId"],
        ..Read::of(&SERVICE, "ListCoverage", COVERAGE)
    }],
};

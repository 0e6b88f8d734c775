//! AWS HealthOmics: what every version of every private workflow maps containers to, and the images
//! of runs that have not ended.
//!
//! A workflow may map a whole registry to the repositories under a prefix: which of them it pulls is
//! not known before it runs.
//!
//! <https://docs.aws.amazon.com/omics/latest/api/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Composed, Counts, Given, Pages, Read, Resolved};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "omics",
    host: "workflows-omics",
    id: "Omics",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

const WORKFLOW: KnownKind = kind(Source::Healthomics, "healthomics-workflow");
const RUN: KnownKind = kind(Source::Healthomics, "healthomics-run");

const TOKENS: Pages = Pages { given: "startingToken", got: "nextToken" };
const PAGE: (&str, Given) = ("maxResults", Given::Number(100));
const PRIVATE: (&str, Given) = ("type", Given::Text("PRIVATE"));

pub(in crate::sources) const HEALTHOMICS: Table = Table {
    source: Source::Healthomics,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A workflow or run of any name could run an image; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &[
                    "omics:ListWorkflows",
                    "omics:GetWorkflow",
                    "omics:ListWorkflowVersions",
                    "omics:GetWorkflowVersion",
                ],
                purpose: "HealthOmics: the images that every version of a workflow maps containers to",
            },
            PermittedCalls {
                actions: &["omics:ListRuns", "omics:ListRunTasks", "omics:GetRunTask"],
                purpose: "HealthOmics: the images of runs that have not ended",
            },
        ],
    }],
    unseen: &["images that a workflow's own definition names"],
    definitions: None,
    reads: &[
        Read {
            http: "GET /workflow",
            given: &[PRIVATE, PAGE],
            pages: Some(TOKENS),
            items: "items[]",
            arn: "{arn}",
            counts: Counts::Unless("status", &["DELETED"]),
            then: &[
                mapped("GetWorkflow", "GET /workflow/{id}", &[("id", Given::Of("id")), PRIVATE]),
                Read {
                    http: "GET /workflow/{workflowId}/version",
                    given: &[("workflowId", Given::Of("id")), PRIVATE, PAGE],
                    pages: Some(TOKENS),
                    items: "items[]",
                    arn: "{arn}",
                    counts: Counts::Unless("status", &["DELETED"]),
                    then: &[mapped(
                        "GetWorkflowVersion",
                        "GET /workflow/{workflowId}/version/{versionName}",
                        &[
                            ("workflowId", Given::Of("workflowId")),
                            ("versionName", Given::Of("versionName")),
                            PRIVATE,
                        ],
                    )],
                    ..Read::of(&SERVICE, "ListWorkflowVersions", WORKFLOW)
                },
            ],
            ..Read::of(&SERVICE, "ListWorkflows", WORKFLOW)
        },
        Read {
            http: "GET /run",
            given: &[
                ("status", Given::Each(&["PENDING", "STARTING", "RUNNING", "STOPPING"])),
                PAGE,
            ],
            pages: Some(TOKENS),
            items: "items[]",
            arn: "{arn}",
            then: &[Read {
                http: "GET /run/{id}/task",
                given: &[("id", Given::Of("id")), PAGE],
                pages: Some(TOKENS),
                items: "items[]",
                arn: "{^arn}/task/{taskId}",
                then: &[Read {
                    http: "GET /run/{id}/task/{taskId}",
                    given: &[("id", Given::Above("id")), ("taskId", Given::Of("taskId"))],
                    arn: "task/{taskId}",
                    sent: &["status"],
                    resolved: &[Resolved {
                        within: "imageDetails",
                        image: "image",
                        digest: "imageDigest",
                    }],
                    texts: &["imageDetails.sourceImage"],
                    ..Read::of(&SERVICE, "GetRunTask", RUN)
                }],
                ..Read::of(&SERVICE, "ListRunTasks", RUN)
            }],
            ..Read::of(&SERVICE, "ListRuns", RUN)
        },
    ],
};

/// What a workflow, or a version of one, maps containers to.
const fn mapped(
    operation: &'static str,
    http: &'static str,
    given: &'static [(&'static str, Given)],
) -> Read {
    Read {
        http,
        given,
        arn: "{arn}",
        counts: Counts::Unless("status", &["DELETED"]),
        sent: &["status"],
        images: &["containerRegistryMap.imageMappings[].destinationImage"],
        composed: &[Composed {
            within: "containerRegistryMap.registryMappings[]",
            only: None,
            account: Some("ecrAccountId"),
            repository: "ecrRepositoryPrefix",
            tag: None,
            is_prefix: true,
        }],
        ..Read::of(&SERVICE, operation, WORKFLOW)
    }
}

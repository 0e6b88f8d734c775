//! AWS CodeBuild: the image in which each project builds, and those of what has not ended.
//!
//! <https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Counts, Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "codebuild",
    host: "codebuild",
    id: "CodeBuild",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.1", target: "CodeBuild_20161006" },
    answers: &[],
};

const PROJECT: KnownKind = kind(Source::Codebuild, "codebuild-project");
const BUILD: KnownKind = kind(Source::Codebuild, "codebuild-build");
const SANDBOX: KnownKind = kind(Source::Codebuild, "codebuild-sandbox");

/// A build, a batch of them and a sandbox end in one of these.
const ENDED: &[&str] = &["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"];

pub(in crate::sources) const CODEBUILD: Table = Table {
    source: Source::Codebuild,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A project of any name could build in an image, and IAM knows no resource for \
                  the lists; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &["codebuild:ListProjects", "codebuild:BatchGetProjects"],
                purpose: "CodeBuild: the image of every project",
            },
            PermittedCalls {
                actions: &[
                    "codebuild:ListBuildBatches",
                    "codebuild:BatchGetBuildBatches",
                    "codebuild:ListSandboxes",
                    "codebuild:BatchGetSandboxes",
                ],
                purpose: "CodeBuild: the images of batches of builds and of sandboxes that have not ended",
            },
        ],
    }],
    unseen: &[
        "images that a build specification in a source repository names",
        "images that whoever starts a build names in place of the project's",
    ],
    definitions: None,
    reads: &[
        Read {
            pages: Some(TOKENS),
            items: "projects[]",
            arn: "project/{}",
            then: &[Read {
                given: &[("names", Given::Batch("", 100))],
                items: "projects[]",
                arn: "{arn}",
                sent: &["environment.image"],
                images: &["environment.image"],
                ..Read::of(&SERVICE, "BatchGetProjects", PROJECT)
            }],
            ..Read::of(&SERVICE, "ListProjects", PROJECT)
        },
        Read {
            given: &[
                ("filter", Given::Nested("status", "IN_PROGRESS")),
                ("maxResults", Given::Number(100)),
            ],
            pages: Some(TOKENS),
            items: "ids[]",
            arn: "build-batch/{}",
            then: &[Read {
                given: &[("ids", Given::Batch("", 100))],
                items: "buildBatches[]",
                arn: "{arn}",
                counts: Counts::Unless("buildBatchStatus", ENDED),
                sent: &["environment.image"],
                images: &["environment.image"],
                ..Read::of(&SERVICE, "BatchGetBuildBatches", BUILD)
            }],
            ..Read::of(&SERVICE, "ListBuildBatches", BUILD)
        },
        Read {
            given: &[("maxResults", Given::Number(100))],
            pages: Some(TOKENS),
            items: "ids[]",
            arn: "sandbox/{}",
            then: &[Read {
                given: &[("ids", Given::Batch("", 100))],
                items: "sandboxes[]",
                arn: "{arn}",
                counts: Counts::Unless("status", ENDED),
                sent: &["environment.image"],
                images: &["environment.image"],
                ..Read::of(&SERVICE, "BatchGetSandboxes", SANDBOX)
            }],
            ..Read::of(&SERVICE, "ListSandboxes", SANDBOX)
        },
    ],
};

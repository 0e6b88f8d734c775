//! AWS CodePipeline: what every pipeline starts from, and whatever its actions name.
//!
//! <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Composed, Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "codepipeline",
    host: "codepipeline",
    id: "CodePipeline",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.1", target: "CodePipeline_20150709" },
    answers: &[],
};

const PIPELINE: KnownKind = kind(Source::Codepipeline, "codepipeline-pipeline");

pub(in crate::sources) const CODEPIPELINE: Table = Table {
    source: Source::Codepipeline,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A pipeline of any name could deploy an image, and IAM knows no resource for \
                  the list; these calls read.",
        calls: &[PermittedCalls {
            actions: &["codepipeline:ListPipelines", "codepipeline:GetPipeline"],
            purpose: "CodePipeline: the images that every pipeline starts from or names",
        }],
    }],
    unseen: &[
        "images of past executions, to which a stage can be rolled back",
        "images that files of a pipeline name, such as imagedefinitions.json",
    ],
    definitions: None,
    reads: &[Read {
        given: &[("maxResults", Given::Number(1000))],
        pages: Some(TOKENS),
        items: "pipelines[]",
        arn: "pipeline/{name}",
        then: &[Read {
            given: &[("name", Given::Of("name"))],
            arn: "{metadata.pipelineArn}",
            sent: &["pipeline.stages"],
            // https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECR.html
            composed: &[Composed {
                within: "pipeline.stages[].actions[]",
                only: Some(("actionTypeId.provider", "ECR")),
                account: None,
                repository: "configuration.RepositoryName",
                tag: Some("configuration.ImageTag"),
                is_prefix: false,
            }],
            ..Read::of(&SERVICE, "GetPipeline", PIPELINE)
        }],
        ..Read::of(&SERVICE, "ListPipelines", PIPELINE)
    }],
};

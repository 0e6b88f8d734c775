//! AWS CodeDeploy: the task definitions of deployments to ECS that have not ended.
//!
//! <https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Given, Read, TOKENS};
use super::task_definition::{STARTED, task_definition};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "codedeploy",
    host: "codedeploy",
    id: "CodeDeploy",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.1", target: "CodeDeploy_20141006" },
    answers: &[],
};

const DEPLOYMENT: KnownKind = kind(Source::Codedeploy, "codedeploy-deployment");

const DEFINITIONS: Read = task_definition(kind(Source::Codedeploy, "codedeploy-task-definition"));

pub(in crate::sources) const CODEDEPLOY: Table = Table {
    source: Source::Codedeploy,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A deployment of any application could start an image; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &["codedeploy:ListDeployments", "codedeploy:BatchGetDeployments"],
                purpose: "CodeDeploy: the task definitions of deployments that have not ended",
            },
            STARTED,
        ],
    }],
    unseen: &["what a specification in S3 or GitHub names", "deployments that have ended"],
    definitions: Some(&DEFINITIONS),
    reads: &[Read {
        given: &[(
            "includeOnlyStatuses",
            Given::Json(r#"["Created","Queued","InProgress","Baking","Ready"]"#),
        )],
        pages: Some(TOKENS),
        items: "deployments[]",
        arn: "deployment/{}",
        then: &[Read {
            given: &[("deploymentIds", Given::Batch("", 25))],
            items: "deploymentsInfo[]",
            arn: "deployment/{deploymentId}",
            sent: &["status"],
            texts: &["revision.string.content", "revision.appSpecContent.content"],
            ..Read::of(&SERVICE, "BatchGetDeployments", DEPLOYMENT)
        }],
        ..Read::of(&SERVICE, "ListDeployments", DEPLOYMENT)
    }],
};

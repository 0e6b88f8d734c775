//! Amazon Bedrock AgentCore: every version of every runtime and harness, to which an endpoint can be
//! pointed at any time.
//!
//! <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "bedrock-agentcore",
    host: "bedrock-agentcore-control",
    id: "Bedrock AgentCore Control",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

const RUNTIME: KnownKind = kind(Source::BedrockAgentcore, "bedrock-agentcore-runtime");
const HARNESS: KnownKind = kind(Source::BedrockAgentcore, "bedrock-agentcore-harness");

const PAGE: (&str, Given) = ("maxResults", Given::Number(100));

pub(in crate::sources) const AGENTCORE: Table = Table {
    source: Source::BedrockAgentcore,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A runtime or harness of any name could run an image; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &[
                    "bedrock-agentcore:ListAgentRuntimes",
                    "bedrock-agentcore:ListAgentRuntimeVersions",
                    "bedrock-agentcore:GetAgentRuntime",
                ],
                purpose: "Bedrock AgentCore: the image of every version of every runtime",
            },
            PermittedCalls {
                actions: &[
                    "bedrock-agentcore:ListHarnesses",
                    "bedrock-agentcore:ListHarnessVersions",
                    "bedrock-agentcore:GetHarness",
                ],
                purpose: "Bedrock AgentCore: the image of every version of every harness",
            },
        ],
    }],
    unseen: &[],
    definitions: None,
    reads: &[RUNTIMES, HARNESSES],
};

const RUNTIMES: Read = Read {
    http: "POST /runtimes/?maxResults&nextToken",
    given: &[PAGE],
    pages: Some(TOKENS),
    items: "agentRuntimes[]",
    arn: "{agentRuntimeArn}",
    then: &[Read {
        http: "POST /runtimes/{agentRuntimeId}/versions/?maxResults&nextToken",
        given: &[("agentRuntimeId", Given::Of("agentRuntimeId")), PAGE],
        pages: Some(TOKENS),
        items: "agentRuntimes[]",
        arn: "{agentRuntimeArn}:{agentRuntimeVersion}",
        then: &[Read {
            http: "GET /runtimes/{agentRuntimeId}/",
            given: &[
                ("agentRuntimeId", Given::Of("agentRuntimeId")),
                ("version", Given::Of("agentRuntimeVersion")),
            ],
            arn: "{agentRuntimeArn}:{agentRuntimeVersion}",
            sent: &[
                "agentRuntimeArtifact.containerConfiguration|agentRuntimeArtifact.codeConfiguration",
            ],
            images: &["agentRuntimeArtifact.containerConfiguration.containerUri"],
            ..Read::of(&SERVICE, "GetAgentRuntime", RUNTIME)
        }],
        ..Read::of(&SERVICE, "ListAgentRuntimeVersions", RUNTIME)
    }],
    ..Read::of(&SERVICE, "ListAgentRuntimes", RUNTIME)
};

/// Not every Region that has runtimes has harnesses.
const HARNESSES: Read = Read {
    http: "GET /harnesses",
    given: &[PAGE],
    pages: Some(TOKENS),
    items: "harnesses[]",
    arn: "{arn}",
    may_be_unknown: true,
    then: &[Read {
        http: "GET /harnesses/{harnessId}/versions",
        given: &[("harnessId", Given::Of("harnessId")), PAGE],
        pages: Some(TOKENS),
        items: "harnessVersions[]",
        arn: "{arn}:{harnessVersion}",
        then: &[Read {
            http: "GET /harnesses/{harnessId}",
            given: &[
                ("harnessId", Given::Of("harnessId")),
                ("harnessVersion", Given::Of("harnessVersion")),
            ],
            items: "harness",
            arn: "{arn}:{harnessVersion}",
            sent: &["environment"],
            images: &["environmentArtifact.containerConfiguration.containerUri"],
            ..Read::of(&SERVICE, "GetHarness", HARNESS)
        }],
        ..Read::of(&SERVICE, "ListHarnessVersions", HARNESS)
    }],
    ..Read::of(&SERVICE, "ListHarnesses", HARNESS)
};

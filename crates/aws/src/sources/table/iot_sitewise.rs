//! AWS IoT SiteWise: the image of every task.
//!
//! <https://docs.aws.amazon.com/iot-sitewise/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "iotsitewise",
    host: "iotsitewise",
    id: "IoTSiteWise",
    reach: Reach::RegionBehindApi,
    protocol: Protocol::RestJson,
    answers: &[],
};

const TASK: KnownKind = kind(Source::IotSitewise, "iot-sitewise-task");

pub(in crate::sources) const IOT_SITEWISE: Table = Table {
    source: Source::IotSitewise,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A task of any name could run an image; these calls read.",
        calls: &[PermittedCalls {
            actions: &[
                "iotsitewise:ListWorkspaces",
                "iotsitewise:ListTasks",
                "iotsitewise:DescribeTask",
            ],
            purpose: "IoT SiteWise: the image of every task",
        }],
    }],
    unseen: &["earlier versions of a task"],
    definitions: None,
    reads: &[Read {
        http: "GET /workspaces",
        given: &[("maxResults", Given::Number(250))],
        pages: Some(TOKENS),
        items: "workspaceSummaries[]",
        arn: "{arn}",
        may_be_unknown: true,
        then: &[Read {
            http: "GET /workspaces/{workspaceName}/tasks",
            given: &[("workspaceName", Given::Of("name")), ("maxResults", Given::Number(250))],
            pages: Some(TOKENS),
            items: "taskSummaries[]",
            arn: "{taskArn}",
            then: &[Read {
                http: "GET /workspaces/{workspaceName}/tasks/{taskName}",
                given: &[
                    ("workspaceName", Given::Above("name")),
                    ("taskName", Given::Of("taskName")),
                ],
                arn: "{taskArn}",
                sent: &["taskConfiguration"],
                images: &["taskConfiguration.containerTaskConfiguration.ecrUri"],
                ..Read::of(&SERVICE, "DescribeTask", TASK)
            }],
            ..Read::of(&SERVICE, "ListTasks", TASK)
        }],
        ..Read::of(&SERVICE, "ListWorkspaces", TASK)
    }],
};

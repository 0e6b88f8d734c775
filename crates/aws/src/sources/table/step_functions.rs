//! AWS Step Functions: every version of every state machine.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Given, Read, TOKENS};
use super::task_definition::{STARTED, task_definition};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{NO_RESOURCE, Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "states",
    host: "states",
    id: "SFN",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::JsonRpc { version: "1.0", target: "AWSStepFunctions" },
    answers: &[],
};

const MACHINE: KnownKind = kind(Source::StepFunctions, "step-functions-state-machine");

const DEFINITIONS: Read =
    task_definition(kind(Source::StepFunctions, "step-functions-task-definition"));

const fn described(given: &'static [(&'static str, Given)]) -> Read {
    Read {
        given,
        arn: "{stateMachineArn}",
        sent: &["definition"],
        texts: &["definition"],
        ..Read::of(&SERVICE, "DescribeStateMachine", MACHINE)
    }
}

pub(in crate::sources) const STEP_FUNCTIONS: Table = Table {
    source: Source::StepFunctions,
    permissions: &[
        Permission {
            resource: PermittedOn::Everything,
            because: NO_RESOURCE,
            calls: &[
                PermittedCalls {
                    actions: &["states:ListStateMachines"],
                    purpose: "Step Functions: every state machine",
                },
                STARTED,
            ],
        },
        Permission {
            resource: PermittedOn::InAccount { service: "states", resources: "stateMachine:*" },
            because: "A state machine of any name could start an image; these calls read.",
            calls: &[PermittedCalls {
                actions: &["states:ListStateMachineVersions", "states:DescribeStateMachine"],
                purpose: "Step Functions: the images that every version of a state machine names",
            }],
        },
    ],
    unseen: &[
        "images that a state machine is given when it is started, or puts together itself",
        "older definitions, not published as a version, that executions still run by",
    ],
    definitions: Some(&DEFINITIONS),
    reads: &[Read {
        given: &[("maxResults", Given::Number(1000))],
        pages: Some(TOKENS),
        items: "stateMachines[]",
        arn: "{stateMachineArn}",
        then: &[
            described(&[("stateMachineArn", Given::Of("stateMachineArn"))]),
            Read {
                given: &[
                    ("stateMachineArn", Given::Of("stateMachineArn")),
                    ("maxResults", Given::Number(1000)),
                ],
                pages: Some(TOKENS),
                items: "stateMachineVersions[]",
                arn: "{stateMachineVersionArn}",
                then: &[described(&[("stateMachineArn", Given::Of("stateMachineVersionArn"))])],
                ..Read::of(&SERVICE, "ListStateMachineVersions", MACHINE)
            },
        ],
        ..Read::of(&SERVICE, "ListStateMachines", MACHINE)
    }],
};

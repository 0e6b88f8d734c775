//! AWS CloudFormation: the template and the parameters of every stack, and of stack sets.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{CAPITAL_TOKENS, Counts, Given, Read};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "cloudformation",
    host: "cloudformation",
    id: "CloudFormation",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::Query { version: "2010-05-15" },
    answers: &[],
};

const STACK: KnownKind = kind(Source::Cloudformation, "cloudformation-stack");
const STACK_SET: KnownKind = kind(Source::Cloudformation, "cloudformation-stack-set");

pub(in crate::sources) const CLOUDFORMATION: Table = Table {
    source: Source::Cloudformation,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A stack of any name could name an image, and IAM knows no resource for the \
                  lists; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
                purpose: "CloudFormation: the images that stacks name, to which they roll back",
            },
            PermittedCalls {
                actions: &["cloudformation:ListStackSets", "cloudformation:DescribeStackSet"],
                purpose: "CloudFormation: the images that stack sets name",
            },
        ],
    }],
    unseen: &[
        "references that a template puts together from other than its account and Region",
        "the images before the last update, to which a stack rolls back while it is updated",
    ],
    definitions: None,
    reads: &[
        Read {
            pages: Some(CAPITAL_TOKENS),
            items: "Stacks[]",
            arn: "{StackId}",
            // What is under review has no template yet.
            counts: Counts::Unless("StackStatus", &["DELETE_COMPLETE", "REVIEW_IN_PROGRESS"]),
            then: &[Read {
                given: &[
                    ("StackName", Given::Of("StackId")),
                    ("TemplateStage", Given::Text("Processed")),
                ],
                arn: "{^StackId}",
                sent: &["TemplateBody"],
                texts: &["TemplateBody"],
                gone: &[("ValidationError", "does not exist")],
                ..Read::of(&SERVICE, "GetTemplate", STACK)
            }],
            ..Read::of(&SERVICE, "DescribeStacks", STACK)
        },
        Read {
            given: &[("Status", Given::Text("ACTIVE")), ("MaxResults", Given::Number(100))],
            pages: Some(CAPITAL_TOKENS),
            items: "Summaries[]",
            arn: "{StackSetId}",
            then: &[Read {
                given: &[("StackSetName", Given::Of("StackSetName"))],
                items: "StackSet",
                arn: "{StackSetId}",
                sent: &["TemplateBody"],
                texts: &["TemplateBody"],
                ..Read::of(&SERVICE, "DescribeStackSet", STACK_SET)
            }],
            ..Read::of(&SERVICE, "ListStackSets", STACK_SET)
        },
    ],
};

//! Task definitions that another service starts, where the policy does not count every active one.

use ecr_sweep_core::KnownKind;

use super::row::{Given, Read};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::PermittedCalls;

const ECS: Service = Service {
    name: "ecs",
    host: "ecs",
    id: "ECS",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.1", target: "AmazonEC2ContainerServiceV20141113" },
    answers: &[],
};

/// The call of such a source, besides its own.
pub(super) const STARTED: PermittedCalls = PermittedCalls {
    actions: &["ecs:DescribeTaskDefinition"],
    purpose: "the images of task definitions that rules, schedules, state machines and deployments start",
};

/// The images of a revision, by its ARN.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html>
pub(super) const fn task_definition(kind: KnownKind) -> Read {
    Read {
        given: &[("taskDefinition", Given::Of(""))],
        items: "taskDefinition",
        arn: "{taskDefinitionArn}",
        sent: &["containerDefinitions"],
        images: &["containerDefinitions[].image"],
        gone: &[("ClientException", "Unable to describe task definition")],
        ..Read::of(&ECS, "DescribeTaskDefinition", kind)
    }
}

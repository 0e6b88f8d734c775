//! The Regions of services that are not in all of them, as far as AWS's models know: the tests compare
//! them. Clean Rooms ML is where Clean Rooms is; of AgentCore only its own page tells.
//!
//! <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-regions.html>,
//! <https://docs.aws.amazon.com/general/latest/gr/clean-rooms-ml.html>

use ecr_sweep_core::Region;

use super::Service;

/// By the id of the service, with a space between them. One that is not among them is in every Region.
pub(crate) const KNOWN: &[(&str, &str)] = &[
    (
        "AppRunner",
        "ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 eu-central-1 eu-west-1 \
         eu-west-2 eu-west-3 us-east-1 us-east-2 us-west-2",
    ),
    (
        "Bedrock AgentCore Control",
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 \
         ap-southeast-5 ap-southeast-7 ca-central-1 eu-central-1 eu-north-1 eu-south-1 \
         eu-south-2 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-gov-west-1 \
         us-west-1 us-west-2",
    ),
    ("Braket", "eu-north-1 eu-west-2 us-east-1 us-west-1 us-west-2"),
    (
        "CleanRoomsML",
        "ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 eu-central-1 eu-north-1 \
         eu-west-1 eu-west-2 us-east-1 us-east-2 us-west-2",
    ),
    (
        "CodeBuild",
        "af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
         ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 \
         ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 cn-north-1 cn-northwest-1 \
         eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 \
         eu-west-3 eusc-de-east-1 il-central-1 me-central-1 me-south-1 sa-east-1 us-east-1 \
         us-east-2 us-gov-east-1 us-gov-west-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 \
         us-isof-east-1 us-isof-south-1 us-west-1 us-west-2",
    ),
    (
        "CodePipeline",
        "af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
         ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 \
         ap-southeast-5 ap-southeast-6 ca-central-1 cn-north-1 cn-northwest-1 eu-central-1 \
         eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 \
         eusc-de-east-1 il-central-1 me-central-1 me-south-1 sa-east-1 us-east-1 us-east-2 \
         us-gov-east-1 us-gov-west-1 us-isof-east-1 us-isof-south-1 us-west-1 us-west-2",
    ),
    (
        "EMR containers",
        "af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
         ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-7 ca-central-1 \
         cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 \
         eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 sa-east-1 \
         us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2",
    ),
    (
        "Elastic Beanstalk",
        "af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
         ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 \
         ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 cn-north-1 \
         cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 \
         eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 sa-east-1 us-east-1 \
         us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2",
    ),
    (
        "GameLift",
        "af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
         ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 \
         ap-southeast-7 ca-central-1 cn-north-1 cn-northwest-1 eu-central-1 eu-north-1 \
         eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-south-1 \
         mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2",
    ),
    (
        "GreengrassV2",
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 \
         ap-southeast-5 ca-central-1 cn-north-1 eu-central-1 eu-south-2 eu-west-1 eu-west-2 \
         us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-2",
    ),
    (
        "IoTSiteWise",
        "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 \
         cn-north-1 eu-central-1 eu-west-1 us-east-1 us-east-2 us-gov-west-1 us-west-2",
    ),
    (
        "Lightsail",
        "ap-east-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 \
         ap-southeast-3 ap-southeast-5 ca-central-1 eu-central-1 eu-north-1 eu-south-2 \
         eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-2",
    ),
    (
        "Omics",
        "ap-northeast-1 ap-northeast-2 ap-southeast-1 eu-central-1 eu-west-1 eu-west-2 \
         il-central-1 us-east-1 us-east-2 us-west-2",
    ),
    (
        "Pipes",
        "af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 \
         ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ca-central-1 cn-north-1 \
         cn-northwest-1 eu-central-1 eu-central-2 eu-isoe-west-1 eu-north-1 eu-south-1 \
         eu-south-2 eu-west-1 eu-west-2 eu-west-3 me-central-1 me-south-1 sa-east-1 us-east-1 \
         us-east-2 us-isof-east-1 us-isof-south-1 us-west-1 us-west-2",
    ),
];

/// Whether a service is known to be in other Regions alone.
pub(super) fn is_elsewhere(service: &Service, region: &Region) -> bool {
    let known = KNOWN.iter().find(|(id, _)| *id == service.id);
    known.is_some_and(|(_, regions)| !regions.split(' ').any(|it| it == region.as_str()))
}

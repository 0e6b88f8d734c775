//! What is deployed, and what could be at any time.

use super::{COMPONENT, ENDPOINT, MODEL, deployed, described, listed};
use crate::sources::table::row::{Given, Read};

pub(super) const MODELS: Read = listed(
    "ListModels",
    MODEL,
    "Models[]",
    "{ModelArn}",
    &[Read {
        sent: &["PrimaryContainer|Containers"],
        images: &["PrimaryContainer.Image", "Containers[].Image"],
        ..described("DescribeModel", MODEL, &[("ModelName", Given::Of("ModelName"))], "{ModelArn}")
    }],
);

pub(super) const ENDPOINTS: Read = listed(
    "ListEndpoints",
    ENDPOINT,
    "Endpoints[]",
    "{EndpointArn}",
    &[Read {
        sent: &["EndpointStatus"],
        resolved: &[
            deployed("ProductionVariants[].DeployedImages[]"),
            deployed("ShadowProductionVariants[].DeployedImages[]"),
            deployed("PendingDeploymentSummary.ProductionVariants[].DeployedImages[]"),
            deployed("PendingDeploymentSummary.ShadowProductionVariants[].DeployedImages[]"),
        ],
        ..described(
            "DescribeEndpoint",
            ENDPOINT,
            &[("EndpointName", Given::Of("EndpointName"))],
            "{EndpointArn}",
        )
    }],
);

pub(super) const COMPONENTS: Read = listed(
    "ListInferenceComponents",
    COMPONENT,
    "InferenceComponents[]",
    "{InferenceComponentArn}",
    &[Read {
        sent: &["Specification|Specifications"],
        resolved: &[
            deployed("Specification.Container.DeployedImage"),
            deployed("Specifications[].Container.DeployedImage"),
        ],
        ..described(
            "DescribeInferenceComponent",
            COMPONENT,
            &[("InferenceComponentName", Given::Of("InferenceComponentName"))],
            "{InferenceComponentArn}",
        )
    }],
);

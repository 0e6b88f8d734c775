//! Workloads: what the simulator serves, in the shapes of the APIs.

use ecr_sweep_core::{Account, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One resource in the shape in which its API describes it.
pub type Resource = Map<String, Value>;

/// What runs in the organization. For the simulator alone: the planner reads `usage`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workloads {
    /// The Regions that every account has enabled; those that the snapshot names, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// Amazon ECS, one entry an account and Region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ecs: Vec<EcsWorkloads>,
    /// AWS Lambda, one entry an account and Region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lambda: Vec<LambdaWorkloads>,
}

/// Amazon ECS in one account and Region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EcsWorkloads {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// As `DescribeClusters` shows them: `clusterArn`, `clusterName`.
    #[serde(default)]
    pub clusters: Vec<Resource>,
    /// As `DescribeServices` shows them: `serviceArn`, `clusterArn`, `deployments` ...
    #[serde(default)]
    pub services: Vec<Resource>,
    /// As `DescribeTasks` shows them: `taskArn`, `clusterArn`, `lastStatus`, `containers` ...
    #[serde(default)]
    pub tasks: Vec<Resource>,
    /// As `DescribeTaskDefinition` shows them: `taskDefinitionArn`, `containerDefinitions` ...
    #[serde(default)]
    pub task_definitions: Vec<Resource>,
    /// As `DescribeServiceRevisions` shows them: `serviceRevisionArn`, `containerImages` ...
    #[serde(default)]
    pub service_revisions: Vec<Resource>,
    /// As `DescribeServiceDeployments` shows them: `serviceDeploymentArn`, `sourceServiceRevisions` ...
    #[serde(default)]
    pub service_deployments: Vec<Resource>,
}

/// AWS Lambda in one account and Region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LambdaWorkloads {
    /// The account.
    pub account: Account,
    /// The Region.
    pub region: Region,
    /// As `GetFunction` shows them, one entry a version: `Configuration` and `Code`.
    #[serde(default)]
    pub functions: Vec<Resource>,
}

//! Sources: everything that can name an image, and what has to be known of each.
//!
//! A source is one row here, and one adapter where this version can scan it.

use crate::{ScanPlace, coded};

/// What has to be known of a source, whether this version can scan it or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceFacts {
    /// From where it can pull.
    pub reach: Reach,
    /// The kinds of usage that have a meaning of their own.
    pub kinds: &'static [KnownKind],
    /// Whether these are all: else the source's name is one, alone or with a dash and a word.
    pub has_no_other_kinds: bool,
    /// Whether it is looked at by cluster, besides what is in none.
    pub has_clusters: bool,
    /// Whether others hand in what it names, for all places together: a scan of one finds nothing.
    pub is_handed_in: bool,
    /// What of it AWS Resource Explorer indexes, of what speaks against its being off.
    ///
    /// <https://docs.aws.amazon.com/resource-explorer/latest/userguide/supported-resource-types.html>
    pub resource_types: &'static [&'static str],
    /// The lists of resources that a scan of one account and Region records, in their order.
    pub workloads: &'static [ResourceList],
}

/// A list of resources of which a scan records what names them and their images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceList {
    /// As snapshots spell it.
    pub name: &'static str,
    /// The operation of the source's API in whose shape the resources are.
    pub operation: &'static str,
    /// What they have to say, of all that the operation shows.
    pub members: &'static str,
    /// Whether it is left out where it is empty: earlier versions know no such list.
    pub is_optional: bool,
}

const fn list(name: &'static str, operation: &'static str, members: &'static str) -> ResourceList {
    ResourceList { name, operation, members, is_optional: false }
}

const fn optional(
    name: &'static str,
    operation: &'static str,
    members: &'static str,
) -> ResourceList {
    ResourceList { name, operation, members, is_optional: true }
}

/// From which registries a source can pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// From any.
    Everywhere,
    /// From those of the Region that it is in.
    OwnRegion,
}

/// A kind of usage that this version knows by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownKind {
    /// The source that sees it.
    pub source: Source,
    /// As documents spell it.
    pub text: &'static str,
    /// What a reference of this kind says.
    pub role: Role,
}

/// What a reference says of the image that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It was started, or will be.
    Runs,
    /// A deployment runs it, and may start it again at any time by the same reference.
    Deploys,
    /// A definition names it, from which something could be started.
    Defines,
}

/// What holds of a source of which nothing else is known.
const ANY: SourceFacts = SourceFacts {
    reach: Reach::Everywhere,
    kinds: &[],
    has_no_other_kinds: false,
    has_clusters: false,
    is_handed_in: false,
    resource_types: &[],
    workloads: &[],
};

/// The same of one that Resource Explorer knows.
const fn indexed(resource_types: &'static [&'static str]) -> SourceFacts {
    SourceFacts { resource_types, ..ANY }
}

coded! {
    /// A service, or another place, that can name images.
    pub enum Source -> facts: SourceFacts {
        Ecs "ecs" "Amazon ECS: tasks, services, task definitions." => SourceFacts {
            kinds: &[
                KnownKind::ECS_TASK,
                KnownKind::ECS_SERVICE,
                KnownKind::ECS_SERVICE_REVISION,
                KnownKind::ECS_TASK_SET,
                KnownKind::ECS_TASK_DEFINITION,
                KnownKind::ECS_DAEMON,
            ],
            has_no_other_kinds: true,
            resource_types: &["ecs:service", "ecs:task-definition", "ecs:task-set"],
            workloads: &[
                list("clusters", "DescribeClusters", "`clusterArn`, `clusterName`"),
                list("services", "DescribeServices", "`serviceArn`, `clusterArn`, `deployments` ..."),
                list("tasks", "DescribeTasks", "`taskArn`, `clusterArn`, `lastStatus`, `containers` ..."),
                list(
                    "task_definitions",
                    "DescribeTaskDefinition",
                    "`taskDefinitionArn`, `containerDefinitions` ...",
                ),
                list(
                    "service_revisions",
                    "DescribeServiceRevisions",
                    "`serviceRevisionArn`, `containerImages` ...",
                ),
                list(
                    "service_deployments",
                    "DescribeServiceDeployments",
                    "`serviceDeploymentArn`, `sourceServiceRevisions` ...",
                ),
                optional("daemons", "DescribeDaemon", "`daemonArn`, `currentRevisions` ..."),
                optional(
                    "daemon_deployments",
                    "DescribeDaemonDeployments",
                    "`daemonDeploymentArn`, `sourceDaemonRevisions` ...",
                ),
                optional(
                    "daemon_revisions",
                    "DescribeDaemonRevisions",
                    "`daemonRevisionArn`, `containerImages` ...",
                ),
                optional(
                    "daemon_task_definitions",
                    "DescribeDaemonTaskDefinition",
                    "`daemonTaskDefinitionArn`, `containerDefinitions` ...",
                ),
            ],
            ..ANY
        },
        // A function's image has to be in its own Region.
        // https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
        Lambda "lambda" "AWS Lambda: every version of every function or runtime that is an image." => SourceFacts {
            reach: Reach::OwnRegion,
            kinds: &[KnownKind::LAMBDA_VERSION, KnownKind::LAMBDA_RUNTIME_VERSION],
            has_no_other_kinds: true,
            workloads: &[list("functions", "GetFunction", "`Configuration` and `Code`, one entry a version")],
            ..ANY
        },
        AppRunner "app-runner" "AWS App Runner." => SourceFacts {
            kinds: &[KnownKind::APP_RUNNER_SERVICE],
            resource_types: &["apprunner:service"],
            ..ANY
        },
        Batch "batch" "AWS Batch." => indexed(&["batch:job-definition"]),
        Sagemaker "sagemaker" "Amazon SageMaker." => indexed(&["sagemaker:model", "sagemaker:endpoint", "sagemaker:image-version", "sagemaker:inference-component", "sagemaker:model-package", "sagemaker:monitoring-schedule", "sagemaker:pipeline"]),
        Codebuild "codebuild" "AWS CodeBuild." => indexed(&["codebuild:project"]),
        Events "events" "EventBridge rules and schedules." => indexed(&["events:rule", "pipes:pipe"]),
        StepFunctions "step-functions" "AWS Step Functions." => indexed(&["states:stateMachine"]),
        Kubernetes "kubernetes" "Kubernetes clusters, Amazon EKS among them." => SourceFacts {
            has_clusters: true,
            resource_types: &["eks:cluster"],
            ..ANY
        },
        Cloudformation "cloudformation" "AWS CloudFormation." => indexed(&["cloudformation:stack"]),
        BedrockAgentcore "bedrock-agentcore" "Amazon Bedrock AgentCore." => ANY,
        Codepipeline "codepipeline" "AWS CodePipeline." => indexed(&["codepipeline:pipeline"]),
        EmrServerless "emr-serverless" "Amazon EMR Serverless." => indexed(&["emr-serverless:applications"]),
        EmrEks "emr-eks" "Amazon EMR on EKS." => indexed(&["emr-containers:virtualclusters"]),
        EmrEc2 "emr-ec2" "Amazon EMR on EC2." => indexed(&["elasticmapreduce:cluster"]),
        ElasticBeanstalk "elastic-beanstalk" "AWS Elastic Beanstalk." => indexed(&["elasticbeanstalk:environment"]),
        Healthomics "healthomics" "AWS HealthOmics." => indexed(&["omics:workflow"]),
        ImageBuilder "image-builder" "EC2 Image Builder." => indexed(&["imagebuilder:container-recipe"]),
        Greengrass "greengrass" "AWS IoT Greengrass." => indexed(&["greengrass:components:versions"]),
        Ssm "ssm" "AWS Systems Manager: parameters and documents." => indexed(&["ssm:parameter"]),
        Codedeploy "codedeploy" "AWS CodeDeploy." => indexed(&["codedeploy:application"]),
        Lightsail "lightsail" "Amazon Lightsail." => ANY,
        Gamelift "gamelift" "Amazon GameLift Servers." => ANY,
        IotSitewise "iot-sitewise" "AWS IoT SiteWise." => ANY,
        CleanRoomsMl "clean-rooms-ml" "AWS Clean Rooms ML." => ANY,
        Braket "braket" "Amazon Braket." => ANY,
        Ec2Launch "ec2-launch" "Amazon EC2: launch templates and configurations." => indexed(&["ec2:launch-template"]),
        Inspector "inspector" "Amazon Inspector." => ANY,
        Files "files" "Usage files that the policy names." => SourceFacts {
            is_handed_in: true,
            ..ANY
        },
    }
}

impl Source {
    /// Those that are looked at in a place: in a cluster only those that have clusters.
    pub fn in_place(place: &ScanPlace) -> impl Iterator<Item = Self> {
        let in_cluster = place.cluster.is_some();
        Self::ALL.into_iter().filter(move |source| !in_cluster || source.facts().has_clusters)
    }
}

impl KnownKind {
    /// A running or stopped task.
    pub const ECS_TASK: Self = Self::of(Source::Ecs, "ecs-task", Role::Runs);
    /// A deployment of a service.
    pub const ECS_SERVICE: Self = Self::of(Source::Ecs, "ecs-service", Role::Deploys);
    /// A service's revision, with what it resolved.
    pub const ECS_SERVICE_REVISION: Self =
        Self::of(Source::Ecs, "ecs-service-revision", Role::Runs);
    /// A task set of a service that an external controller deploys.
    pub const ECS_TASK_SET: Self = Self::of(Source::Ecs, "ecs-task-set", Role::Runs);
    /// A revision of a task definition.
    pub const ECS_TASK_DEFINITION: Self =
        Self::of(Source::Ecs, "ecs-task-definition", Role::Defines);
    /// A daemon.
    pub const ECS_DAEMON: Self = Self::of(Source::Ecs, "ecs-daemon", Role::Runs);
    /// A version of a function.
    pub const LAMBDA_VERSION: Self = Self::of(Source::Lambda, "lambda-version", Role::Deploys);
    /// A version of a runtime that an account publishes.
    pub const LAMBDA_RUNTIME_VERSION: Self =
        Self::of(Source::Lambda, "lambda-runtime-version", Role::Runs);
    /// An App Runner service.
    pub const APP_RUNNER_SERVICE: Self =
        Self::of(Source::AppRunner, "app-runner-service", Role::Deploys);

    const fn of(source: Source, text: &'static str, role: Role) -> Self {
        Self { source, text, role }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::home;

    #[test]
    fn only_what_has_clusters_is_looked_at_in_one() {
        let place = ScanPlace::from(home());
        assert!(Source::in_place(&place).eq(Source::ALL));
        let cluster = ScanPlace { cluster: Some("blue".parse().unwrap()), ..place };
        assert!(Source::in_place(&cluster).eq([Source::Kubernetes]));
    }

    #[test]
    fn the_kinds_of_a_source_are_its_own_and_start_with_its_name() {
        for source in Source::ALL {
            for kind in source.facts().kinds {
                assert_eq!(kind.source, source, "{}", kind.text);
                assert!(kind.text.starts_with(source.as_str()), "{}", kind.text);
            }
        }
    }
}

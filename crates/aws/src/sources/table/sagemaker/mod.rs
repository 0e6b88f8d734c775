//! Amazon SageMaker: what is deployed, what could be, and the jobs that have not ended.
//!
//! <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations.html>

mod definitions;
mod hosting;
mod jobs;
mod packages;
mod pipelines;

use ecr_sweep_core::{KnownKind, Source};

use super::row::{CAPITAL_TOKENS, Given, Read, Resolved};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};
use definitions::{DATA_QUALITY, MODEL_BIAS, MODEL_EXPLAINABILITY, MODEL_QUALITY, SCHEDULES};
use hosting::{COMPONENTS, ENDPOINTS, MODELS};
use jobs::{OPTIMIZATION, PROCESSING, TRAINING, TUNING};
use packages::{ALGORITHMS, IMAGES, PACKAGE_GROUPS, PACKAGES};
use pipelines::PIPELINES;

const SERVICE: Service = Service {
    name: "sagemaker",
    host: "api.sagemaker",
    id: "SageMaker",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::JsonRpc { version: "1.1", target: "SageMaker" },
    answers: &[],
};

const MODEL: KnownKind = kind(Source::Sagemaker, "sagemaker-model");
const ENDPOINT: KnownKind = kind(Source::Sagemaker, "sagemaker-endpoint");
const COMPONENT: KnownKind = kind(Source::Sagemaker, "sagemaker-inference-component");
const JOB: KnownKind = kind(Source::Sagemaker, "sagemaker-job");
const SCHEDULE: KnownKind = kind(Source::Sagemaker, "sagemaker-monitoring-schedule");
const DEFINITION: KnownKind = kind(Source::Sagemaker, "sagemaker-job-definition");
const ALGORITHM: KnownKind = kind(Source::Sagemaker, "sagemaker-algorithm");
const PACKAGE: KnownKind = kind(Source::Sagemaker, "sagemaker-model-package");
const IMAGE: KnownKind = kind(Source::Sagemaker, "sagemaker-image-version");
const PIPELINE: KnownKind = kind(Source::Sagemaker, "sagemaker-pipeline");

/// A list, by pages of 100.
const LIST: &[(&str, Given)] = &[("MaxResults", Given::Number(100))];

/// The jobs that run or wait.
const IN_PROGRESS: &[(&str, Given)] =
    &[("MaxResults", Given::Number(100)), ("StatusEquals", Given::Text("InProgress"))];

/// How SageMaker says that something is not there.
const GONE: &[(&str, &str)] =
    &[("ValidationException", "Could not find"), ("ValidationException", "does not exist")];

/// What serves a model, as the endpoint resolved it.
const fn deployed(within: &'static str) -> Resolved {
    Resolved { within, image: "SpecifiedImage", digest: "ResolvedImage" }
}

/// A container of a package, with a digest beside the image.
const fn packaged(within: &'static str) -> Resolved {
    Resolved { within, image: "Image", digest: "ImageDigest" }
}

const fn listed(
    operation: &'static str,
    kind: KnownKind,
    items: &'static str,
    arn: &'static str,
    then: &'static [Read],
) -> Read {
    Read {
        given: LIST,
        pages: Some(CAPITAL_TOKENS),
        items,
        arn,
        gone: GONE,
        then,
        ..Read::of(&SERVICE, operation, kind)
    }
}

/// What one of a list says of itself.
const fn described(
    operation: &'static str,
    kind: KnownKind,
    given: &'static [(&'static str, Given)],
    arn: &'static str,
) -> Read {
    Read { given, arn, gone: GONE, ..Read::of(&SERVICE, operation, kind) }
}

pub(in crate::sources) const SAGEMAKER: Table = Table {
    source: Source::Sagemaker,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "Anything of any name could run an image, and IAM knows no resource for the \
                  lists; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &[
                    "sagemaker:ListModels",
                    "sagemaker:DescribeModel",
                    "sagemaker:ListEndpoints",
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:ListInferenceComponents",
                    "sagemaker:DescribeInferenceComponent",
                ],
                purpose: "SageMaker: the images of models, and those that endpoints resolved",
            },
            PermittedCalls {
                actions: &[
                    "sagemaker:ListTrainingJobs",
                    "sagemaker:DescribeTrainingJob",
                    "sagemaker:ListProcessingJobs",
                    "sagemaker:DescribeProcessingJob",
                    "sagemaker:ListHyperParameterTuningJobs",
                    "sagemaker:DescribeHyperParameterTuningJob",
                    "sagemaker:ListOptimizationJobs",
                    "sagemaker:DescribeOptimizationJob",
                ],
                purpose: "SageMaker: the images of jobs that have not ended",
            },
            PermittedCalls {
                actions: &[
                    "sagemaker:ListMonitoringSchedules",
                    "sagemaker:DescribeMonitoringSchedule",
                    "sagemaker:ListDataQualityJobDefinitions",
                    "sagemaker:DescribeDataQualityJobDefinition",
                    "sagemaker:ListModelQualityJobDefinitions",
                    "sagemaker:DescribeModelQualityJobDefinition",
                    "sagemaker:ListModelBiasJobDefinitions",
                    "sagemaker:DescribeModelBiasJobDefinition",
                    "sagemaker:ListModelExplainabilityJobDefinitions",
                    "sagemaker:DescribeModelExplainabilityJobDefinition",
                ],
                purpose: "SageMaker: the images of schedules and of definitions of jobs",
            },
            PermittedCalls {
                actions: &[
                    "sagemaker:ListAlgorithms",
                    "sagemaker:DescribeAlgorithm",
                    "sagemaker:ListModelPackageGroups",
                    "sagemaker:ListModelPackages",
                    "sagemaker:DescribeModelPackage",
                ],
                purpose: "SageMaker: the images of algorithms and of packages of models",
            },
            PermittedCalls {
                actions: &[
                    "sagemaker:ListImages",
                    "sagemaker:ListImageVersions",
                    "sagemaker:DescribeImageVersion",
                ],
                purpose: "SageMaker: the images that Studio starts from",
            },
            PermittedCalls {
                actions: &[
                    "sagemaker:ListPipelines",
                    "sagemaker:ListPipelineVersions",
                    "sagemaker:DescribePipeline",
                ],
                purpose: "SageMaker: the images that every version of a pipeline names",
            },
        ],
    }],
    unseen: &["images that notebooks and code name when they start a job"],
    definitions: None,
    reads: &[
        MODELS,
        ENDPOINTS,
        COMPONENTS,
        TRAINING,
        PROCESSING,
        TUNING,
        OPTIMIZATION,
        SCHEDULES,
        DATA_QUALITY,
        MODEL_QUALITY,
        MODEL_BIAS,
        MODEL_EXPLAINABILITY,
        ALGORITHMS,
        PACKAGE_GROUPS,
        PACKAGES,
        IMAGES,
        PIPELINES,
    ],
};

//! Amazon SageMaker: what is deployed, what could be, and the jobs that have not ended.
//!
//! <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{CAPITAL_TOKENS, Given, Read, Resolved};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

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

const MODELS: Read = listed(
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

const ENDPOINTS: Read = listed(
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

const COMPONENTS: Read = listed(
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

const TRAINING: Read = Read {
    given: IN_PROGRESS,
    ..listed(
        "ListTrainingJobs",
        JOB,
        "TrainingJobSummaries[]",
        "{TrainingJobArn}",
        &[Read {
            sent: &["AlgorithmSpecification|ServerlessJobConfig"],
            images: &[
                "AlgorithmSpecification.TrainingImage",
                "DebugRuleConfigurations[].RuleEvaluatorImage",
                "ProfilerRuleConfigurations[].RuleEvaluatorImage",
            ],
            ..described(
                "DescribeTrainingJob",
                JOB,
                &[("TrainingJobName", Given::Of("TrainingJobName"))],
                "{TrainingJobArn}",
            )
        }],
    )
};

const PROCESSING: Read = Read {
    given: IN_PROGRESS,
    ..listed(
        "ListProcessingJobs",
        JOB,
        "ProcessingJobSummaries[]",
        "{ProcessingJobArn}",
        &[Read {
            sent: &["AppSpecification.ImageUri"],
            images: &["AppSpecification.ImageUri"],
            ..described(
                "DescribeProcessingJob",
                JOB,
                &[("ProcessingJobName", Given::Of("ProcessingJobName"))],
                "{ProcessingJobArn}",
            )
        }],
    )
};

const TUNING: Read = Read {
    given: IN_PROGRESS,
    ..listed(
        "ListHyperParameterTuningJobs",
        JOB,
        "HyperParameterTuningJobSummaries[]",
        "{HyperParameterTuningJobArn}",
        &[Read {
            sent: &["TrainingJobDefinition|TrainingJobDefinitions"],
            images: &[
                "TrainingJobDefinition.AlgorithmSpecification.TrainingImage",
                "TrainingJobDefinitions[].AlgorithmSpecification.TrainingImage",
            ],
            ..described(
                "DescribeHyperParameterTuningJob",
                JOB,
                &[("HyperParameterTuningJobName", Given::Of("HyperParameterTuningJobName"))],
                "{HyperParameterTuningJobArn}",
            )
        }],
    )
};

const OPTIMIZATION: Read = Read {
    given: &[
        ("MaxResults", Given::Number(100)),
        ("StatusEquals", Given::Each(&["INPROGRESS", "STARTING"])),
    ],
    ..listed(
        "ListOptimizationJobs",
        JOB,
        "OptimizationJobSummaries[]",
        "{OptimizationJobArn}",
        &[Read {
            sent: &["OptimizationConfigs"],
            images: &[
                "OptimizationConfigs[].ModelQuantizationConfig.Image",
                "OptimizationConfigs[].ModelCompilationConfig.Image",
                "OptimizationConfigs[].ModelShardingConfig.Image",
            ],
            ..described(
                "DescribeOptimizationJob",
                JOB,
                &[("OptimizationJobName", Given::Of("OptimizationJobName"))],
                "{OptimizationJobArn}",
            )
        }],
    )
};

const SCHEDULES: Read = listed(
    "ListMonitoringSchedules",
    SCHEDULE,
    "MonitoringScheduleSummaries[]",
    "{MonitoringScheduleArn}",
    &[Read {
        sent: &["MonitoringScheduleConfig"],
        images: &[
            "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringAppSpecification.ImageUri",
        ],
        ..described(
            "DescribeMonitoringSchedule",
            SCHEDULE,
            &[("MonitoringScheduleName", Given::Of("MonitoringScheduleName"))],
            "{MonitoringScheduleArn}",
        )
    }],
);

/// One of the four kinds of definitions.
const fn definition(operation: &'static str, image: &'static [&'static str]) -> Read {
    Read {
        sent: image,
        images: image,
        ..described(
            operation,
            DEFINITION,
            &[("JobDefinitionName", Given::Of("MonitoringJobDefinitionName"))],
            "{JobDefinitionArn}",
        )
    }
}

const fn definitions(operation: &'static str, then: &'static [Read]) -> Read {
    listed(operation, DEFINITION, "JobDefinitionSummaries[]", "{MonitoringJobDefinitionArn}", then)
}

const DATA_QUALITY: Read = definitions(
    "ListDataQualityJobDefinitions",
    &[definition("DescribeDataQualityJobDefinition", &["DataQualityAppSpecification.ImageUri"])],
);

const MODEL_QUALITY: Read = definitions(
    "ListModelQualityJobDefinitions",
    &[definition("DescribeModelQualityJobDefinition", &["ModelQualityAppSpecification.ImageUri"])],
);

const MODEL_BIAS: Read = definitions(
    "ListModelBiasJobDefinitions",
    &[definition("DescribeModelBiasJobDefinition", &["ModelBiasAppSpecification.ImageUri"])],
);

const MODEL_EXPLAINABILITY: Read = definitions(
    "ListModelExplainabilityJobDefinitions",
    &[definition(
        "DescribeModelExplainabilityJobDefinition",
        &["ModelExplainabilityAppSpecification.ImageUri"],
    )],
);

const ALGORITHMS: Read = listed(
    "ListAlgorithms",
    ALGORITHM,
    "AlgorithmSummaryList[]",
    "{AlgorithmArn}",
    &[Read {
        sent: &["TrainingSpecification"],
        resolved: &[
            Resolved {
                within: "TrainingSpecification",
                image: "TrainingImage",
                digest: "TrainingImageDigest",
            },
            packaged("InferenceSpecification.Containers[]"),
        ],
        ..described(
            "DescribeAlgorithm",
            ALGORITHM,
            &[("AlgorithmName", Given::Of("AlgorithmArn"))],
            "{AlgorithmArn}",
        )
    }],
);

const PACKAGE_GROUPS: Read = listed(
    "ListModelPackageGroups",
    PACKAGE,
    "ModelPackageGroupSummaryList[]",
    "{ModelPackageGroupArn}",
    &[Read {
        given: &[
            ("MaxResults", Given::Number(100)),
            ("ModelPackageGroupName", Given::Of("ModelPackageGroupName")),
        ],
        ..PACKAGES
    }],
);

const PACKAGES: Read = Read {
    given: &[("MaxResults", Given::Number(100)), ("ModelPackageType", Given::Text("Unversioned"))],
    ..listed(
        "ListModelPackages",
        PACKAGE,
        "ModelPackageSummaryList[]",
        "{ModelPackageArn}",
        &[Read {
            sent: &["ModelPackageStatus"],
            resolved: &[
                packaged("InferenceSpecification.Containers[]"),
                packaged("AdditionalInferenceSpecifications[].Containers[]"),
            ],
            ..described(
                "DescribeModelPackage",
                PACKAGE,
                &[("ModelPackageName", Given::Of("ModelPackageArn"))],
                "{ModelPackageArn}",
            )
        }],
    )
};

const IMAGES: Read = listed(
    "ListImages",
    IMAGE,
    "Images[]",
    "{ImageArn}",
    &[Read {
        given: &[("MaxResults", Given::Number(100)), ("ImageName", Given::Of("ImageName"))],
        ..listed(
            "ListImageVersions",
            IMAGE,
            "ImageVersions[]",
            "{ImageVersionArn}",
            &[Read {
                sent: &["BaseImage"],
                images: &["BaseImage", "ContainerImage"],
                ..described(
                    "DescribeImageVersion",
                    IMAGE,
                    &[("ImageName", Given::Above("ImageName")), ("Version", Given::Of("Version"))],
                    "{ImageVersionArn}",
                )
            }],
        )
    }],
);

const PIPELINES: Read = listed(
    "ListPipelines",
    PIPELINE,
    "PipelineSummaries[]",
    "{PipelineArn}",
    &[
        Read {
            sent: &["PipelineDefinition"],
            texts: &["PipelineDefinition"],
            ..described(
                "DescribePipeline",
                PIPELINE,
                &[("PipelineName", Given::Of("PipelineName"))],
                "{PipelineArn}",
            )
        },
        Read {
            given: &[
                ("MaxResults", Given::Number(100)),
                ("PipelineName", Given::Of("PipelineName")),
            ],
            ..listed(
                "ListPipelineVersions",
                PIPELINE,
                "PipelineVersionSummaries[]",
                "{PipelineArn}",
                &[Read {
                    sent: &["PipelineDefinition"],
                    texts: &["PipelineDefinition"],
                    ..described(
                        "DescribePipeline",
                        PIPELINE,
                        &[
                            ("PipelineName", Given::Above("PipelineName")),
                            ("PipelineVersionId", Given::Of("PipelineVersionId")),
                        ],
                        "{PipelineArn}",
                    )
                }],
            )
        },
    ],
);

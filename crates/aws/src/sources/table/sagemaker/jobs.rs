//! Jobs that have not ended.

use super::{IN_PROGRESS, JOB, described, listed};
use crate::sources::table::row::{Given, Read};

pub(super) const TRAINING: Read = Read {
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

pub(super) const PROCESSING: Read = Read {
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

pub(super) const TUNING: Read = Read {
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

pub(super) const OPTIMIZATION: Read = Read {
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

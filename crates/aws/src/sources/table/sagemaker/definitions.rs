//! What starts jobs: schedules of monitoring, and definitions of its jobs.

use super::{DEFINITION, SCHEDULE, described, listed};
use crate::sources::table::row::{Given, Read};

pub(super) const SCHEDULES: Read = listed(
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

pub(super) const DATA_QUALITY: Read = definitions(
    "ListDataQualityJobDefinitions",
    &[definition("DescribeDataQualityJobDefinition", &["DataQualityAppSpecification.ImageUri"])],
);

pub(super) const MODEL_QUALITY: Read = definitions(
    "ListModelQualityJobDefinitions",
    &[definition("DescribeModelQualityJobDefinition", &["ModelQualityAppSpecification.ImageUri"])],
);

pub(super) const MODEL_BIAS: Read = definitions(
    "ListModelBiasJobDefinitions",
    &[definition("DescribeModelBiasJobDefinition", &["ModelBiasAppSpecification.ImageUri"])],
);

pub(super) const MODEL_EXPLAINABILITY: Read = definitions(
    "ListModelExplainabilityJobDefinitions",
    &[definition(
        "DescribeModelExplainabilityJobDefinition",
        &["ModelExplainabilityAppSpecification.ImageUri"],
    )],
);

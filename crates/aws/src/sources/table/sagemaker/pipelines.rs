//! Every version of every pipeline.

use super::{PIPELINE, described, listed};
use crate::sources::table::row::{Given, Read};

pub(super) const PIPELINES: Read = listed(
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

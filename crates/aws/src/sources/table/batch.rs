//! AWS Batch: every active revision of every job definition, and the jobs that have not ended.
//!
//! <https://docs.aws.amazon.com/batch/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Counts, Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "batch",
    host: "batch",
    id: "Batch",
    reach: Reach::RegionWithFipsInFront,
    protocol: Protocol::RestJson,
    answers: &[],
};

const DEFINITION: KnownKind = kind(Source::Batch, "batch-job-definition");
const JOB: KnownKind = kind(Source::Batch, "batch-job");

/// Where a job or its definition has containers.
const CONTAINERS: &[&str] = &[
    "ecsProperties.taskProperties[].containers[].image",
    "eksProperties.podProperties.containers[].image",
    "eksProperties.podProperties.initContainers[].image",
    "nodeProperties.nodeRangeProperties[].container.image",
    "nodeProperties.nodeRangeProperties[].ecsProperties.taskProperties[].containers[].image",
    "nodeProperties.nodeRangeProperties[].eksProperties.podProperties.containers[].image",
    "nodeProperties.nodeRangeProperties[].eksProperties.podProperties.initContainers[].image",
];

pub(in crate::sources) const BATCH: Table = Table {
    source: Source::Batch,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "IAM knows no resource for most of these calls, and any job could run an image; \
                  they read.",
        calls: &[
            PermittedCalls {
                actions: &["batch:DescribeJobDefinitions"],
                purpose: "AWS Batch: the images of every active revision of every job definition",
            },
            PermittedCalls {
                actions: &["batch:DescribeJobQueues", "batch:ListJobs", "batch:DescribeJobs"],
                purpose: "AWS Batch: the images of jobs that have not ended",
            },
            PermittedCalls {
                actions: &["batch:ListServiceJobs", "batch:DescribeServiceJob"],
                purpose: "AWS Batch: the images of jobs that it hands to SageMaker",
            },
        ],
    }],
    unseen: &[],
    definitions: None,
    reads: &[
        Read {
            http: "POST /v1/describejobdefinitions",
            given: &[("status", Given::Text("ACTIVE")), ("maxResults", Given::Number(100))],
            pages: Some(TOKENS),
            items: "jobDefinitions[]",
            arn: "{jobDefinitionArn}",
            sent: &["containerProperties|ecsProperties|eksProperties|nodeProperties"],
            images: &[
                "containerProperties.image",
                CONTAINERS[0],
                CONTAINERS[1],
                CONTAINERS[2],
                CONTAINERS[3],
                CONTAINERS[4],
                CONTAINERS[5],
                CONTAINERS[6],
            ],
            ..Read::of(&SERVICE, "DescribeJobDefinitions", DEFINITION)
        },
        Read {
            http: "POST /v1/describejobqueues",
            given: &[("maxResults", Given::Number(100))],
            pages: Some(TOKENS),
            items: "jobQueues[]",
            arn: "{jobQueueArn}",
            then: &[JOBS, SERVICE_JOBS],
            ..Read::of(&SERVICE, "DescribeJobQueues", JOB)
        },
    ],
};

/// What a job comes through until it has ended.
const UNTIL_IT_ENDS: &[&str] = &["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"];

const JOBS: Read = Read {
    http: "POST /v1/listjobs",
    given: &[
        ("jobQueue", Given::Of("jobQueueArn")),
        ("jobStatus", Given::Each(UNTIL_IT_ENDS)),
        ("maxResults", Given::Number(1000)),
    ],
    pages: Some(TOKENS),
    items: "jobSummaryList[]",
    arn: "{jobId}",
    when: Counts::Unless("jobQueueType", &["SAGEMAKER_TRAINING"]),
    then: &[Read {
        http: "POST /v1/describejobs",
        given: &[("jobs", Given::Batch("jobId", 100))],
        items: "jobs[]",
        arn: "{jobId}",
        sent: &["container|ecsProperties|eksProperties|nodeProperties"],
        images: &[
            "container.image",
            CONTAINERS[0],
            CONTAINERS[1],
            CONTAINERS[2],
            CONTAINERS[3],
            CONTAINERS[4],
            CONTAINERS[5],
            CONTAINERS[6],
        ],
        ..Read::of(&SERVICE, "DescribeJobs", JOB)
    }],
    ..Read::of(&SERVICE, "ListJobs", JOB)
};

const SERVICE_JOBS: Read = Read {
    http: "POST /v1/listservicejobs",
    given: &[
        ("jobQueue", Given::Of("jobQueueArn")),
        (
            "jobStatus",
            Given::Each(&["SUBMITTED", "PENDING", "RUNNABLE", "SCHEDULED", "STARTING", "RUNNING"]),
        ),
        ("maxResults", Given::Number(100)),
    ],
    pages: Some(TOKENS),
    items: "jobSummaryList[]",
    arn: "{jobId}",
    when: Counts::Unless("jobQueueType", &["ECS", "ECS_FARGATE", "EKS"]),
    then: &[Read {
        http: "POST /v1/describeservicejob",
        given: &[("jobId", Given::Of("jobId"))],
        arn: "{jobId}",
        sent: &["serviceRequestPayload"],
        texts: &["serviceRequestPayload"],
        ..Read::of(&SERVICE, "DescribeServiceJob", JOB)
    }],
    ..Read::of(&SERVICE, "ListServiceJobs", JOB)
};

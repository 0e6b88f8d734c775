//! Amazon EMR: serverless applications, virtual clusters on Amazon EKS, and clusters on Amazon EC2.
//!
//! <https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_Operations.html>,
//! <https://docs.aws.amazon.com/emr-on-eks/latest/APIReference/API_Operations.html>,
//! <https://docs.aws.amazon.com/emr/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Counts, Given, Pages, Read, Resolved, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVERLESS: Service = Service {
    name: "emr-serverless",
    host: "emr-serverless",
    id: "EMR Serverless",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::RestJson,
    answers: &[],
};

const ON_EKS: Service = Service {
    name: "emr-containers",
    host: "emr-containers",
    id: "EMR containers",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::RestJson,
    answers: &[],
};

const ON_EC2: Service = Service {
    name: "elasticmapreduce",
    host: "elasticmapreduce",
    id: "EMR",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::JsonRpc { version: "1.1", target: "ElasticMapReduce" },
    answers: &[],
};

const APPLICATION: KnownKind = kind(Source::EmrServerless, "emr-serverless-application");
const SERVERLESS_JOB: KnownKind = kind(Source::EmrServerless, "emr-serverless-job");
const TEMPLATE: KnownKind = kind(Source::EmrEks, "emr-eks-job-template");
const ENDPOINT: KnownKind = kind(Source::EmrEks, "emr-eks-endpoint");
const EKS_JOB: KnownKind = kind(Source::EmrEks, "emr-eks-job");
const CLUSTER: KnownKind = kind(Source::EmrEc2, "emr-ec2-cluster");
const STEP: KnownKind = kind(Source::EmrEc2, "emr-ec2-step");

/// An image, and its digest once it has been resolved.
const fn configured(within: &'static str) -> Resolved {
    Resolved { within, image: "imageUri", digest: "resolvedImageDigest" }
}

pub(in crate::sources) const EMR_SERVERLESS: Table = Table {
    source: Source::EmrServerless,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "An application of any name could run an image; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &["emr-serverless:ListApplications", "emr-serverless:GetApplication"],
                purpose: "EMR Serverless: the images of every application, with their digests",
            },
            PermittedCalls {
                actions: &["emr-serverless:ListJobRuns", "emr-serverless:GetJobRun"],
                purpose: "EMR Serverless: the images of jobs that have not ended",
            },
        ],
    }],
    unseen: &["images of interactive sessions other than the application's"],
    definitions: None,
    reads: &[Read {
        http: "GET /applications",
        given: &[("maxResults", Given::Number(50))],
        pages: Some(TOKENS),
        items: "applications[]",
        arn: "{arn}",
        counts: Counts::Unless("state", &["TERMINATED"]),
        then: &[
            Read {
                http: "GET /applications/{applicationId}",
                given: &[("applicationId", Given::Of("id"))],
                items: "application",
                arn: "{arn}",
                counts: Counts::Unless("state", &["TERMINATED"]),
                sent: &["type"],
                resolved: &[
                    configured("imageConfiguration"),
                    configured("workerTypeSpecifications{}.imageConfiguration"),
                ],
                ..Read::of(&SERVERLESS, "GetApplication", APPLICATION)
            },
            SERVERLESS_JOBS,
        ],
        ..Read::of(&SERVERLESS, "ListApplications", APPLICATION)
    }],
};

const SERVERLESS_JOBS: Read = Read {
    http: "GET /applications/{applicationId}/jobruns",
    given: &[
        ("applicationId", Given::Of("id")),
        (
            "states",
            Given::Json(r#"["SUBMITTED","PENDING","SCHEDULED","RUNNING","CANCELLING","QUEUED"]"#),
        ),
        ("maxResults", Given::Number(50)),
    ],
    pages: Some(TOKENS),
    items: "jobRuns[]",
    arn: "{arn}",
    then: &[Read {
        http: "GET /applications/{applicationId}/jobruns/{jobRunId}",
        given: &[("applicationId", Given::Of("applicationId")), ("jobRunId", Given::Of("id"))],
        items: "jobRun",
        arn: "{arn}",
        sent: &["state"],
        resolved: &[
            configured("imageConfiguration"),
            configured("workerTypeSpecifications{}.imageConfiguration"),
        ],
        ..Read::of(&SERVERLESS, "GetJobRun", SERVERLESS_JOB)
    }],
    ..Read::of(&SERVERLESS, "ListJobRuns", SERVERLESS_JOB)
};

pub(in crate::sources) const EMR_EKS: Table = Table {
    source: Source::EmrEks,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A virtual cluster of any name could run an image, and IAM knows no resource \
                  for the lists; these calls read.",
        calls: &[
            PermittedCalls {
                actions: &["emr-containers:ListJobTemplates"],
                purpose: "EMR on EKS: the images that templates of jobs name",
            },
            PermittedCalls {
                actions: &[
                    "emr-containers:ListVirtualClusters",
                    "emr-containers:ListManagedEndpoints",
                    "emr-containers:DescribeManagedEndpoint",
                    "emr-containers:ListJobRuns",
                    "emr-containers:DescribeJobRun",
                ],
                purpose: "EMR on EKS: the images of endpoints, and of jobs that have not ended",
            },
        ],
    }],
    unseen: &["images that pod templates in S3 name; the cluster's own source sees their pods"],
    definitions: None,
    reads: &[
        Read {
            http: "GET /jobtemplates",
            given: &[("maxResults", Given::Number(100))],
            pages: Some(TOKENS),
            items: "templates[]",
            arn: "{arn}",
            sent: &["jobTemplateData"],
            texts: &["jobTemplateData.jobDriver.sparkSubmitJobDriver.sparkSubmitParameters"],
            ..Read::of(&ON_EKS, "ListJobTemplates", TEMPLATE)
        },
        Read {
            http: "GET /virtualclusters",
            given: &[("maxResults", Given::Number(100))],
            pages: Some(TOKENS),
            items: "virtualClusters[]",
            arn: "{arn}",
            counts: Counts::Unless("state", &["TERMINATED"]),
            then: &[EKS_ENDPOINTS, EKS_JOBS],
            ..Read::of(&ON_EKS, "ListVirtualClusters", EKS_JOB)
        },
    ],
};

const EKS_ENDPOINTS: Read = Read {
    http: "GET /virtualclusters/{virtualClusterId}/endpoints",
    given: &[("virtualClusterId", Given::Of("id")), ("maxResults", Given::Number(100))],
    pages: Some(TOKENS),
    items: "endpoints[]",
    arn: "{arn}",
    counts: Counts::Unless("state", &["TERMINATED", "TERMINATED_WITH_ERRORS"]),
    then: &[Read {
        http: "GET /virtualclusters/{virtualClusterId}/endpoints/{endpointId}",
        given: &[
            ("virtualClusterId", Given::Of("virtualClusterId")),
            ("endpointId", Given::Of("id")),
        ],
        items: "endpoint",
        arn: "{arn}",
        counts: Counts::Unless("state", &["TERMINATED", "TERMINATED_WITH_ERRORS"]),
        sent: &["state"],
        texts: &["configurationOverrides.applicationConfiguration[].properties{}"],
        ..Read::of(&ON_EKS, "DescribeManagedEndpoint", ENDPOINT)
    }],
    ..Read::of(&ON_EKS, "ListManagedEndpoints", ENDPOINT)
};

const EKS_JOBS: Read = Read {
    http: "GET /virtualclusters/{virtualClusterId}/jobruns",
    given: &[
        ("virtualClusterId", Given::Of("id")),
        ("states", Given::Json(r#"["PENDING","SUBMITTED","RUNNING","CANCEL_PENDING"]"#)),
        ("maxResults", Given::Number(100)),
    ],
    pages: Some(TOKENS),
    items: "jobRuns[]",
    arn: "{arn}",
    then: &[Read {
        http: "GET /virtualclusters/{virtualClusterId}/jobruns/{jobRunId}",
        given: &[
            ("virtualClusterId", Given::Of("virtualClusterId")),
            ("jobRunId", Given::Of("id")),
        ],
        items: "jobRun",
        arn: "{arn}",
        sent: &["jobDriver"],
        texts: &[
            "jobDriver.sparkSubmitJobDriver.sparkSubmitParameters",
            "configurationOverrides.applicationConfiguration[].properties{}",
        ],
        ..Read::of(&ON_EKS, "DescribeJobRun", EKS_JOB)
    }],
    ..Read::of(&ON_EKS, "ListJobRuns", EKS_JOB)
};

const MARKERS: Pages = Pages { given: "Marker", got: "Marker" };

pub(in crate::sources) const EMR_EC2: Table = Table {
    source: Source::EmrEc2,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A cluster of any name could run an image, and IAM knows no resource for the \
                  list; these calls read.",
        calls: &[PermittedCalls {
            actions: &[
                "elasticmapreduce:ListClusters",
                "elasticmapreduce:DescribeCluster",
                "elasticmapreduce:ListBootstrapActions",
                "elasticmapreduce:ListSteps",
            ],
            purpose: "EMR: the images that clusters and their steps name until they end",
        }],
    }],
    unseen: &["images that a job names in its own code"],
    definitions: None,
    reads: &[Read {
        given: &[(
            "ClusterStates",
            Given::Json(r#"["STARTING","BOOTSTRAPPING","RUNNING","WAITING","TERMINATING"]"#),
        )],
        pages: Some(MARKERS),
        items: "Clusters[]",
        arn: "{ClusterArn}",
        then: &[
            Read {
                given: &[("ClusterId", Given::Of("Id"))],
                items: "Cluster",
                arn: "{ClusterArn}",
                sent: &["Status.State"],
                texts: &["Configurations[].Properties{}"],
                ..Read::of(&ON_EC2, "DescribeCluster", CLUSTER)
            },
            Read {
                given: &[("ClusterId", Given::Of("Id"))],
                pages: Some(MARKERS),
                items: "BootstrapActions[]",
                arn: "{^ClusterArn}",
                sent: &["ScriptPath"],
                texts: &["Args[]"],
                ..Read::of(&ON_EC2, "ListBootstrapActions", CLUSTER)
            },
            Read {
                given: &[
                    ("ClusterId", Given::Of("Id")),
                    ("StepStates", Given::Json(r#"["PENDING","CANCEL_PENDING","RUNNING"]"#)),
                ],
                pages: Some(MARKERS),
                items: "Steps[]",
                arn: "{^ClusterArn}/{Id}",
                sent: &["Config"],
                texts: &["Config.Args[]", "Config.Properties{}"],
                ..Read::of(&ON_EC2, "ListSteps", STEP)
            },
        ],
        ..Read::of(&ON_EC2, "ListClusters", CLUSTER)
    }],
};

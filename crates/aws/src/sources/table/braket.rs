//! Amazon Braket: the images of hybrid jobs that have not ended.
//!
//! <https://docs.aws.amazon.com/braket/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Counts, Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "braket",
    host: "braket",
    id: "Braket",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

const JOB: KnownKind = kind(Source::Braket, "braket-job");

const ENDED: Counts = Counts::Unless("status", &["COMPLETED", "FAILED", "CANCELLED"]);

const JOBS: Read = Read {
    http: "POST /jobs",
    given: &[("filters", Given::Json("[]")), ("maxResults", Given::Number(100))],
    pages: Some(TOKENS),
    items: "jobs[]",
    arn: "{jobArn}",
    counts: ENDED,
    then: &[Read {
        http: "GET /job/{jobArn}",
        given: &[("jobArn", Given::Of("jobArn"))],
        arn: "{jobArn}",
        counts: ENDED,
        sent: &["algorithmSpecification"],
        images: &["algorithmSpecification.containerImage.uri"],
        ..Read::of(&SERVICE, "GetJob", JOB)
    }],
    ..Read::of(&SERVICE, "SearchJobs", JOB)
};

pub(in crate::sources) const BRAKET: Table = Table {
    source: Source::Braket,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A job of any name could run an image, and IAM knows no resource for the \
                  search; these calls read.",
        calls: &[PermittedCalls {
            actions: &["braket:SearchJobs", "braket:GetJob"],
            purpose: "Braket: the images of hybrid jobs that have not ended",
        }],
    }],
    unseen: &[],
    definitions: None,
    reads: &[JOBS],
};

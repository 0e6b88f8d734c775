//! AWS Elastic Beanstalk: the image of every version of every application, to which an environment
//! can be set at any time.
//!
//! <https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{CAPITAL_TOKENS, Given, Read};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "elasticbeanstalk",
    host: "elasticbeanstalk",
    id: "Elastic Beanstalk",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::Query { version: "2010-12-01" },
    answers: &[],
};

const VERSION: KnownKind = kind(Source::ElasticBeanstalk, "elastic-beanstalk-version");

pub(in crate::sources) const ELASTIC_BEANSTALK: Table = Table {
    source: Source::ElasticBeanstalk,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "An application of any name could run an image; this call reads.",
        calls: &[PermittedCalls {
            actions: &["elasticbeanstalk:DescribeApplicationVersions"],
            purpose: "Elastic Beanstalk: the image of every version of every application",
        }],
    }],
    unseen: &["images that a Dockerrun.aws.json or a docker-compose.yml in S3 names"],
    definitions: None,
    reads: &[Read {
        given: &[("MaxRecords", Given::Number(1000))],
        pages: Some(CAPITAL_TOKENS),
        items: "ApplicationVersions[]",
        arn: "{ApplicationVersionArn}",
        sent: &["VersionLabel"],
        images: &["ImageSource.Uri"],
        ..Read::of(&SERVICE, "DescribeApplicationVersions", VERSION)
    }],
};

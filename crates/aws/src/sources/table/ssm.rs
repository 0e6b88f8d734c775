//! AWS Systems Manager: parameters that name images, and what the account's own documents run.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{CAPITAL_TOKENS, Counts, Given, Read};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "ssm",
    host: "ssm",
    id: "SSM",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::JsonRpc { version: "1.1", target: "AmazonSSM" },
    answers: &[],
};

const PARAMETER: KnownKind = kind(Source::Ssm, "ssm-parameter");
const DOCUMENT: KnownKind = kind(Source::Ssm, "ssm-document");

/// How Systems Manager says that a document is not there.
const GONE: &[(&str, &str)] = &[("InvalidDocument", ""), ("InvalidDocumentVersion", "")];

pub(in crate::sources) const SSM: Table = Table {
    source: Source::Ssm,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "A parameter or document of any name could name an image, and IAM knows no \
                  resource for the lists; these calls read, and decrypt nothing.",
        calls: &[
            PermittedCalls {
                actions: &["ssm:DescribeParameters", "ssm:GetParameters"],
                purpose: "Systems Manager: the images that parameters name which are no secrets",
            },
            PermittedCalls {
                actions: &["ssm:ListDocuments", "ssm:ListDocumentVersions", "ssm:GetDocument"],
                purpose: "Systems Manager: the images that every version of the account's documents names",
            },
        ],
    }],
    unseen: &["earlier values of parameters", "parameters that are secrets, which are not read"],
    definitions: None,
    reads: &[
        Read {
            given: &[("MaxResults", Given::Number(50))],
            pages: Some(CAPITAL_TOKENS),
            items: "Parameters[]",
            arn: "parameter/{Name}",
            counts: Counts::Unless("Type", &["SecureString"]),
            then: &[Read {
                given: &[("Names", Given::Batch("Name", 10))],
                items: "Parameters[]",
                arn: "{ARN}",
                sent: &["Value"],
                texts: &["Value"],
                ..Read::of(&SERVICE, "GetParameters", PARAMETER)
            }],
            ..Read::of(&SERVICE, "DescribeParameters", PARAMETER)
        },
        Read {
            given: &[
                ("Filters", Given::Json(r#"[{"Key":"Owner","Values":["Self"]}]"#)),
                ("MaxResults", Given::Number(50)),
            ],
            pages: Some(CAPITAL_TOKENS),
            items: "DocumentIdentifiers[]",
            arn: "document/{Name}",
            then: &[Read {
                given: &[("Name", Given::Of("Name")), ("MaxResults", Given::Number(50))],
                pages: Some(CAPITAL_TOKENS),
                items: "DocumentVersions[]",
                arn: "document/{Name}:{DocumentVersion}",
                gone: GONE,
                then: &[Read {
                    given: &[
                        ("Name", Given::Of("Name")),
                        ("DocumentVersion", Given::Of("DocumentVersion")),
                    ],
                    arn: "document/{Name}:{DocumentVersion}",
                    sent: &["Content"],
                    texts: &["Content"],
                    gone: GONE,
                    ..Read::of(&SERVICE, "GetDocument", DOCUMENT)
                }],
                ..Read::of(&SERVICE, "ListDocumentVersions", DOCUMENT)
            }],
            ..Read::of(&SERVICE, "ListDocuments", DOCUMENT)
        },
    ],
};

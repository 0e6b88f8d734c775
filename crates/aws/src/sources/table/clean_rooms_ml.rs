//! AWS Clean Rooms ML: the images of every configured algorithm. Every job pulls them.
//!
//! <https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_Operations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{Given, Read, TOKENS};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{Permission, PermittedCalls, PermittedOn};

const SERVICE: Service = Service {
    name: "cleanrooms-ml",
    host: "cleanrooms-ml",
    id: "CleanRoomsML",
    reach: Reach::Region { fips_in_govcloud: true },
    protocol: Protocol::RestJson,
    answers: &[],
};

const ALGORITHM: KnownKind = kind(Source::CleanRoomsMl, "clean-rooms-ml-algorithm");

pub(in crate::sources) const CLEAN_ROOMS_ML: Table = Table {
    source: Source::CleanRoomsMl,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: "An algorithm of any name could name an image; these calls read.",
        calls: &[PermittedCalls {
            actions: &[
                "cleanrooms-ml:ListConfiguredModelAlgorithms",
                "cleanrooms-ml:GetConfiguredModelAlgorithm",
            ],
            purpose: "Clean Rooms ML: the images of every configured algorithm",
        }],
    }],
    unseen: &["the digests that jobs resolved, where a tag has moved since"],
    definitions: None,
    reads: &[Read {
        http: "GET /configured-model-algorithms",
        given: &[("maxResults", Given::Number(100))],
        pages: Some(TOKENS),
        items: "configuredModelAlgorithms[]",
        arn: "{configuredModelAlgorithmArn}",
        then: &[Read {
            http: "GET /configured-model-algorithms/{configuredModelAlgorithmArn}",
            given: &[("configuredModelAlgorithmArn", Given::Of("configuredModelAlgorithmArn"))],
            arn: "{configuredModelAlgorithmArn}",
            sent: &["trainingContainerConfig|inferenceContainerConfig"],
            images: &["trainingContainerConfig.imageUri", "inferenceContainerConfig.imageUri"],
            ..Read::of(&SERVICE, "GetConfiguredModelAlgorithm", ALGORITHM)
        }],
        ..Read::of(&SERVICE, "ListConfiguredModelAlgorithms", ALGORITHM)
    }],
};

//! What is registered: algorithms, packages of models, and the images of Studio.

use super::{ALGORITHM, IMAGE, PACKAGE, described, listed, packaged};
use crate::sources::table::row::{Given, Read, Resolved};

pub(super) const ALGORITHMS: Read = listed(
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

pub(super) const PACKAGE_GROUPS: Read = listed(
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

pub(super) const PACKAGES: Read = Read {
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

pub(super) const IMAGES: Read = listed(
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

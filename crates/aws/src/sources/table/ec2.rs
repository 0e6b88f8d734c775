//! Amazon EC2: the images that the user data of launch templates and launch configurations names.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html>,
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeLaunchConfigurations.html>

use ecr_sweep_core::{KnownKind, Source};

use super::row::{CAPITAL_TOKENS, Given, Pages, Read};
use super::{Table, kind};
use crate::signed::{Protocol, Reach, Service};
use crate::sources::permission::{NO_RESOURCE, Permission, PermittedCalls, PermittedOn};

const EC2_API: Service = Service {
    name: "ec2",
    host: "ec2",
    id: "EC2",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::Query { version: "2016-11-15" },
    answers: &[],
};

const AUTO_SCALING: Service = Service {
    name: "autoscaling",
    host: "autoscaling",
    id: "Auto Scaling",
    reach: Reach::Region { fips_in_govcloud: false },
    protocol: Protocol::Query { version: "2011-01-01" },
    answers: &[],
};

const TEMPLATE: KnownKind = kind(Source::Ec2Launch, "ec2-launch-template");
const CONFIGURATION: KnownKind = kind(Source::Ec2Launch, "ec2-launch-configuration");

pub(in crate::sources) const EC2: Table = Table {
    source: Source::Ec2Launch,
    permissions: &[Permission {
        resource: PermittedOn::Everything,
        because: NO_RESOURCE,
        calls: &[
            PermittedCalls {
                actions: &["ec2:DescribeLaunchTemplateVersions"],
                purpose: "EC2: the images that the newest and the default version of every launch template names",
            },
            PermittedCalls {
                actions: &["autoscaling:DescribeLaunchConfigurations"],
                purpose: "EC2: the same of every launch configuration",
            },
        ],
    }],
    unseen: &[
        "other versions of a launch template than the newest and the default one",
        "the user data of instances that were started by hand",
        "what user data fetches, or has in it compressed",
    ],
    definitions: None,
    reads: &[
        Read {
            // Without a template these are those of all.
            given: &[
                ("LaunchTemplateVersion.1", Given::Text("$Latest")),
                ("LaunchTemplateVersion.2", Given::Text("$Default")),
                ("MaxResults", Given::Number(200)),
            ],
            pages: Some(Pages { given: "NextToken", got: "nextToken" }),
            items: "launchTemplateVersionSet[]",
            arn: "launch-template/{launchTemplateId}:{versionNumber}",
            sent: &["launchTemplateData"],
            encoded: &["launchTemplateData.userData"],
            ..Read::of(&EC2_API, "DescribeLaunchTemplateVersions", TEMPLATE)
        },
        Read {
            given: &[("MaxRecords", Given::Number(100))],
            pages: Some(CAPITAL_TOKENS),
            items: "LaunchConfigurations[]",
            arn: "{LaunchConfigurationARN}",
            encoded: &["UserData"],
            ..Read::of(&AUTO_SCALING, "DescribeLaunchConfigurations", CONFIGURATION)
        },
    ],
};

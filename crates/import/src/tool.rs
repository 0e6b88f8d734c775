//! The cleaners whose habits can be read.

use std::fmt;
use std::str::FromStr;

/// A cleaner of ECR other than this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// <https://github.com/fujiwara/ecrm>: its `ecrm.yaml`.
    Ecrm,
    /// <https://github.com/devopsbox-io/aws-ecr-cleaner>: its environment variables.
    AwsEcrCleaner,
    /// <https://github.com/thabiger/aws-ecr-cleanup>: its list of policies.
    AwsEcrCleanup,
    /// <https://github.com/messanlawson/ecr-purger>: its attributes of repositories.
    EcrPurger,
    /// <https://github.com/uktrade/ecr_maintainer>: its environment variables.
    EcrMaintainer,
    /// A lifecycle policy of ECR, or what `aws ecr get-lifecycle-policy` answers.
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>
    LifecyclePolicy,
    /// The command line of `cdk gc`.
    /// <https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-gc.html>
    CdkGc,
}

/// A text that names no cleaner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no cleaner whose file can be read")]
pub struct NotATool(String);

impl Tool {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Ecrm,
        Self::AwsEcrCleaner,
        Self::AwsEcrCleanup,
        Self::EcrPurger,
        Self::EcrMaintainer,
        Self::LifecyclePolicy,
        Self::CdkGc,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ecrm => "ecrm",
            Self::AwsEcrCleaner => "aws-ecr-cleaner",
            Self::AwsEcrCleanup => "aws-ecr-cleanup",
            Self::EcrPurger => "ecr-purger",
            Self::EcrMaintainer => "ecr-maintainer",
            Self::LifecyclePolicy => "lifecycle-policy",
            Self::CdkGc => "cdk-gc",
        }
    }

    /// What its file is, in words.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Ecrm => "its `ecrm.yaml`",
            Self::AwsEcrCleaner | Self::EcrMaintainer => {
                "its environment variables, `NAME=value` on a line each"
            }
            Self::AwsEcrCleanup => "the file that it takes with `--config`",
            Self::EcrPurger => "its `repo_attributes.yaml`",
            Self::LifecyclePolicy => {
                "the JSON of a lifecycle policy, or the answer of `aws ecr get-lifecycle-policy`"
            }
            Self::CdkGc => "the command line, such as `cdk gc --unstable=gc --type=ecr`",
        }
    }

    /// The environment variables that it goes by; none of those that go by a file.
    #[must_use]
    pub const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::AwsEcrCleaner => super::cleaner::VARIABLES,
            Self::EcrMaintainer => super::maintainer::VARIABLES,
            _ => &[],
        }
    }

    /// Whether its file may leave open which repositories it is about.
    #[must_use]
    pub const fn takes_repositories(self) -> bool {
        matches!(self, Self::LifecyclePolicy | Self::CdkGc)
    }
}

impl FromStr for Tool {
    type Err = NotATool;

    fn from_str(text: &str) -> Result<Self, NotATool> {
        let tool = Self::ALL.into_iter().find(|tool| tool.as_str() == text);
        tool.ok_or_else(|| NotATool(text.to_owned()))
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

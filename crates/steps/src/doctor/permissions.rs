//! What the doctor calls that no run does. The page about it and the permissions of whoever asks are
//! written from this.

use ecr_sweep_aws::sources::PermittedCalls;

/// Where the doctor asks, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DoctorAsks {
    /// In every account of registries, of everything: as the reading role where that is not home.
    Registries,
    /// In these accounts, of the role that deletes. Whoever asks need not be let: that is told.
    DeletingRole,
    /// At home, of the bucket of the run store.
    Bucket,
    /// At home, of what is deployed, whatever its name.
    Deployment,
}

impl DoctorAsks {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::Registries, Self::DeletingRole, Self::Bucket, Self::Deployment];

    /// In whose account, in words.
    #[must_use]
    pub const fn place(self) -> &'static str {
        match self {
            Self::Registries | Self::DeletingRole => "accounts of registries",
            Self::Bucket | Self::Deployment => "the caller's account",
        }
    }

    /// What it calls there.
    ///
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    #[must_use]
    pub const fn calls(self) -> &'static [PermittedCalls] {
        match self {
            Self::Registries => &[
                PermittedCalls {
                    actions: &["ecr:GetLifecyclePolicy"],
                    purpose: "whether ECR itself deletes there",
                },
                PermittedCalls {
                    actions: &["ecr:ListPullTimeUpdateExclusions"],
                    purpose: "whether our reads change pull times",
                },
                PermittedCalls {
                    actions: &["cloudtrail:LookupEvents"],
                    purpose: "who has deleted images in the last 14 days; at most 1,000 events of \
                              each kind, at two calls a second",
                },
                PermittedCalls {
                    actions: &["servicequotas:ListServiceQuotas"],
                    purpose: "whether the registry may be called as often as a run has calls under \
                              way at once. Denied, nothing is said of it",
                },
            ],
            Self::DeletingRole => &[PermittedCalls {
                actions: &["sts:AssumeRole"],
                purpose: "with `--delete`: whether `EcrSweepDelete` can be assumed. Nothing is \
                          called as it",
            }],
            Self::Bucket => &[PermittedCalls {
                actions: &[
                    "s3:GetBucketVersioning",
                    "s3:GetEncryptionConfiguration",
                    "s3:GetBucketPublicAccessBlock",
                ],
                purpose: "whether the bucket of the run store keeps versions, is encrypted, and is \
                          private",
            }],
            Self::Deployment => &[
                PermittedCalls {
                    actions: &["states:DescribeStateMachine"],
                    purpose: "which functions are deployed",
                },
                PermittedCalls {
                    actions: &["lambda:GetFunctionConfiguration"],
                    purpose: "what they are told, and whether the version that runs has the code \
                              that is there",
                },
                PermittedCalls {
                    actions: &["lambda:GetAccountSettings"],
                    purpose: "how many functions can run at once",
                },
                PermittedCalls {
                    actions: &["sns:ListSubscriptionsByTopic"],
                    purpose: "who is told",
                },
                PermittedCalls {
                    actions: &["secretsmanager:DescribeSecret"],
                    purpose: "whether the secrets for channels are there, and not to be deleted. \
                              Where the caller may read one (`secretsmanager:GetSecretValue`, which \
                              nothing here asks for), also whether it holds an address or a token; \
                              what it holds is told nowhere",
                },
                PermittedCalls {
                    actions: &["iam:SimulatePrincipalPolicy"],
                    purpose: "whether the role of notify may read these secrets",
                },
                PermittedCalls {
                    actions: &["scheduler:GetSchedule"],
                    purpose: "whether runs start by themselves",
                },
            ],
        }
    }

    /// The actions that are called there, in their order.
    pub fn actions(self) -> impl Iterator<Item = &'static str> {
        self.calls().iter().flat_map(|it| it.actions).copied()
    }
}

//! Remedies: what lets a call succeed, or lets something be seen. They are facts: whoever shows one
//! has the words for its reader.

mod grouped;

pub use grouped::{RemedyGroup, group_remedies};

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Account, ClusterName, Region, Source};

/// What can be done about a call that failed, or about something that was not seen.
///
/// [`Display`](fmt::Display) words it so that it fits wherever it is read: without a command, a
/// flag or a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Remedy {
    /// Log in again, or choose other credentials.
    RenewCredentials {},
    /// Let the caller make a call.
    Allow {
        /// The call, as IAM spells it.
        action: Box<str>,
        /// The account, once it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<Account>,
    },
    /// Let the caller ask AWS Organizations, which only some accounts may.
    AllowInOrganization {
        /// The call, as IAM spells it.
        action: Box<str>,
    },
    /// Let the caller assume a role.
    AllowRole {
        /// Its ARN.
        role: Box<str>,
    },
    /// Let an account's credentials be asked for in a Region that it has not enabled.
    EnableRegion {
        /// The account.
        account: Account,
        /// The Region.
        region: Region,
    },
    /// Name the accounts that may pull, as there is no organization to list them.
    NameConsumers {},
    /// Name the Regions that are looked at, as they cannot be listed, or not all be read.
    NameRegions {},
    /// Withdraw a definition that names an image which cannot be read.
    Deregister {
        /// The definition.
        arn: Box<str>,
    },
    /// Change what cannot be read.
    ChangeResource {
        /// The resource.
        arn: Box<str>,
    },
    /// Say for which registry a host stands.
    AddAlias {
        /// The host.
        host: Box<str>,
    },
    /// Make fewer calls.
    SlowDown {},
    /// Raise a quota.
    RaiseQuota {},
    /// See that AWS can be reached.
    CheckConnection {},
    /// Let the caller list a resource of a cluster.
    AllowInCluster {
        /// The cluster.
        cluster: ClusterName,
        /// The resource's API group; empty: the core group.
        group: Box<str>,
        /// The resource, as paths spell it; `*`: every one of the group.
        resource: Box<str>,
    },
    /// Let a cluster know the caller.
    AdmitToCluster {
        /// The cluster.
        cluster: ClusterName,
    },
    /// See that a cluster can be reached, or scan it from where it can.
    ReachCluster {
        /// The cluster.
        cluster: ClusterName,
    },
    /// Mend an API group of a cluster that does not answer.
    MendApi {
        /// The cluster.
        cluster: ClusterName,
        /// The group; empty: the core group.
        group: Box<str>,
    },
    /// Hand in a usage file again.
    HandIn {
        /// The file, or the path that names files.
        file: Box<str>,
    },
    /// State that nothing in an account uses images.
    SwitchOffAccount {
        /// The account.
        account: Account,
    },
    /// State that nothing in a Region uses images.
    SwitchOffRegion {
        /// The Region.
        region: Region,
    },
    /// State that nothing of a source uses images.
    SwitchOffSource {
        /// The source.
        source: Source,
    },
    /// Look at a source that is off and in use.
    LookAtSource {
        /// The source.
        source: Source,
    },
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RenewCredentials {} => {
                f.write_str("renew the credentials of the caller, or choose others")
            }
            Self::Allow { action, account: Some(account) } => {
                write!(f, "allow {action} to the caller in account {account}")
            }
            Self::Allow { action, account: None } => write!(f, "allow {action} to the caller"),
            Self::AllowInOrganization { action } => write!(
                f,
                "allow {action} to the caller, in the organization's management account or one that it has made a delegated administrator"
            ),
            Self::AllowRole { role } => write!(
                f,
                "make the role in that account if it is not there, let its trust policy name the caller, and allow the caller sts:AssumeRole on `{role}`"
            ),
            Self::EnableRegion { account, region } => write!(
                f,
                "enable Region {region} in account {account}, or start from a Region that every account has enabled: credentials of an account are only given where it has the Region"
            ),
            Self::NameConsumers {} => f.write_str(
                "an account of no organization has to name the accounts that may pull, in the policy's `scope.consumers.accounts`",
            ),
            Self::NameRegions {} => f.write_str(
                "name the Regions from which images are pulled in the policy's `scope.consumers.regions`",
            ),
            Self::Deregister { arn } => {
                write!(f, "deregister `{arn}`, once nothing is started from it any more")
            }
            Self::ChangeResource { arn } => {
                write!(f, "let `{arn}` name its image so that it can be read, or remove it")
            }
            Self::AddAlias { host } => write!(
                f,
                "where `{host}` stands for a registry, say for which in the policy's `usage.aliases`"
            ),
            Self::SlowDown {} => f.write_str(
                "the account's request rate is used up: run again later, or with a lower concurrency",
            ),
            Self::RaiseQuota {} => f.write_str(
                "ask AWS to raise the quota, or give something up that counts for it: the Service Quotas console has both numbers",
            ),
            Self::CheckConnection {} => {
                f.write_str("check the network, the Region and AWS_ENDPOINT_URL, then run again")
            }
            Self::AllowInCluster { cluster, group, resource } => write!(
                f,
                "add the rule `{{ apiGroups: [\"{group}\"], resources: [\"{resource}\"], verbs: [\"list\"] }}` to the ClusterRole that the caller has in cluster {cluster}"
            ),
            Self::AdmitToCluster { cluster } => write!(
                f,
                "let cluster {cluster} know the caller, in EKS by an access entry of its role, and give it a ClusterRole that lists every resource but Secrets and events"
            ),
            Self::ReachCluster { cluster } => write!(
                f,
                "let the caller reach the API of cluster {cluster}, or scan it from where it can be reached and hand in what it found as a usage file"
            ),
            Self::MendApi { cluster, group } => write!(
                f,
                "mend the API group `{group}` of cluster {cluster}, or remove its APIService"
            ),
            Self::HandIn { file } => write!(
                f,
                "hand in `{file}` again, by whatever writes it; once nothing does any more, name it in the `retired` of its row of the policy's `usage.files`"
            ),
            Self::SwitchOffAccount { account } => write!(
                f,
                "where nothing in account {account} uses images, add the row `{{ accounts: [\"{account}\"], reason: \"...\" }}` to the policy's `scope.off`"
            ),
            Self::SwitchOffRegion { region } => write!(
                f,
                "where nothing in {region} uses images, add the row `{{ regions: [{region}], reason: \"...\" }}` to the policy's `scope.off`"
            ),
            Self::SwitchOffSource { source } => write!(
                f,
                "this version cannot scan {source}: where nothing of it uses images, add the row `{{ source: {source}, reason: \"...\" }}` to the policy's `scope.off`"
            ),
            Self::LookAtSource { source } => write!(
                f,
                "look at {source}: take it out of the policy's `scope.off`, or add `even_if_used: true` to its row where none of it uses images"
            ),
        }
    }
}

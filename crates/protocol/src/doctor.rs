//! The document that `ecr-sweep doctor --format json` prints.

use ecr_sweep_core::{Place, coded};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::documents::V1;

coded! {
    /// How bad what the doctor found is; the worst first.
    pub enum Severity {
        Problem "problem" "It stops a run, blocks repositories, or lets somebody else harm it.",
        NotChecked "not-checked" "Nobody knows: what tells it could not be read.",
        Warning "warning" "A run goes on, and somebody should know.",
    }
}

coded! {
    /// What the doctor looks at, in its order.
    pub enum DoctorPart {
        Accounts "accounts" "Every account can be entered, and its Regions are known.",
        Usage "usage" "Every source, cluster and usage file can be read whole.",
        Registries "registries" "Every registry and its settings can be read, and suit a run.",
        Deleters "deleters" "Nobody else deletes images of the repositories that are swept.",
        Deleting "deleting" "The role that deletes can be assumed.",
        RunStore "run-store" "The run store can be read, is ours and safe, and holds nothing unfinished.",
        Deployment "deployment" "What is deployed is there, agrees with the policy, and tells somebody.",
    }
}

coded! {
    /// What the doctor finds. The sentence says why it matters.
    pub enum DoctorCode -> severity: Severity {
        NoRole "no-role" "No other account can be read, so a run does not begin." => Severity::Problem,
        RoleNotAssumable "role-not-assumable" "What the account uses stays unknown, and what may be used is kept." => Severity::Problem,
        OrganizationNotListed "organization-not-listed" "Any account might use images that nobody has looked for, so every repository is blocked." => Severity::Problem,
        RegionsNotListed "regions-not-listed" "Images might be used in Regions that nobody has looked at, so every repository is blocked." => Severity::Problem,
        RegionDisabled "region-disabled" "A run calls into a Region that is not there for the account." => Severity::Problem,
        RegionDenied "region-denied" "A policy of the organization denies it, so no permission of the role helps; what is in the Region stays unknown." => Severity::Problem,
        CallDenied "call-denied" "What the call tells stays unknown, and what may be used is kept." => Severity::Problem,
        NotRead "not-read" "What it holds stays unknown, and what may be used is kept." => Severity::Problem,
        ClusterClosed "cluster-closed" "The cluster does not know who asks, so what runs in it stays unknown." => Severity::Problem,
        ClusterCallDenied "cluster-call-denied" "The caller's rules in the cluster do not suffice, so some of what runs in it stays unknown." => Severity::Problem,
        ClusterNotReached "cluster-not-reached" "What runs in the cluster stays unknown." => Severity::Problem,
        UsageFileRefused "usage-file-refused" "What the file was to tell stays unknown, so everything it could name is kept." => Severity::Problem,
        ReaderNotLookedAt "reader-not-looked-at" "What they run may be any image there, so its repositories are blocked." => Severity::Problem,
        DeleteRoleNotAssumable "delete-role-not-assumable" "Everything is planned for the account, and nothing is deleted." => Severity::Problem,
        RunStoreNotRead "run-store-not-read" "No run begins without its run store." => Severity::Problem,
        BucketOfOthers "bucket-of-others" "Who owns the bucket can change a plan before it is deleted by." => Severity::Problem,
        BucketNotPrivate "bucket-not-private" "The documents of runs tell what every account uses." => Severity::Problem,
        NotDeployed "not-deployed" "A deployed run fails there." => Severity::Problem,
        BadSetting "bad-setting" "A deployed run fails there." => Severity::Problem,
        NobodyTold "nobody-told" "How a run ended, that it failed, or that it waits to be approved reaches nobody." => Severity::Problem,
        SecretUnusable "secret-unusable" "Nothing can be written to the place that hears of runs by it." => Severity::Problem,
        RolesDiffer "roles-differ" "One of both reads or deletes as a role that is not meant, or is not there." => Severity::Problem,
        AccountNotActive "account-not-active" "An account that is suspended or closed often cannot be entered, and then blocks what it may use." => Severity::Warning,
        MatchesNothing "matches-nothing" "A rule that is misspelt keeps nothing, and sweeps nothing." => Severity::Warning,
        DeletionsReplicated "deletions-replicated" "What is deleted here is deleted there, too, so what is used there is kept here." => Severity::Warning,
        PullTimesChange "pull-times-change" "Reading a manifest counts as a pull, so the registry takes images for used that were only looked at." => Severity::Warning,
        FilledThroughCache "filled-through-cache" "What is deleted comes back with the next pull, or is gone where upstream has removed it." => Severity::Warning,
        LifecyclePolicy "lifecycle-policy" "ECR deletes by it without asking whether an image is used." => Severity::Warning,
        LifecycleDeletions "lifecycle-deletions" "Images were deleted without asking whether they are used." => Severity::Warning,
        OthersDelete "others-delete" "Somebody else deletes images of the same repositories, by other rules." => Severity::Warning,
        BucketNotVersioned "bucket-not-versioned" "A document that is overwritten or removed cannot be brought back." => Severity::Warning,
        BucketNotEncrypted "bucket-not-encrypted" "The documents of runs lie there as anybody can read them who gets at the disks." => Severity::Warning,
        ReadByAnother "read-by-another" "What one store's runs read counts as a pull for the other, and keeps images." => Severity::Warning,
        LockHeld "lock-held" "Nobody else deletes until the lock is given back." => Severity::Warning,
        RunStopped "run-stopped" "What it had planned is deleted in part." => Severity::Warning,
        RunUnreadable "run-unreadable" "What the run did cannot be told any more." => Severity::Warning,
        FewFunctionsAtOnce "few-functions-at-once" "Functions wait for one another, and everything else that runs in the account waits for them." => Severity::Warning,
        FewCallsASecond "few-calls-a-second" "Calls are throttled and made again, so a run takes longer, and so does whatever else calls the registry." => Severity::Warning,
        CodeNotPublished "code-not-published" "Runs go on with the version that the state machine names, and not with the code that is there now." => Severity::Warning,
        PoliciesDiffer "policies-differ" "What is looked at here is not what a deployed run does." => Severity::Warning,
        ChannelUnheard "channel-unheard" "What the policy has for channels of Slack is heard in none." => Severity::Warning,
        ScheduleOff "schedule-off" "No run starts by itself." => Severity::Warning,
        RunsMissed "runs-missed" "Runs were to start, and did not." => Severity::Warning,
        NotChecked "not-checked" "Whether it is well nobody knows." => Severity::NotChecked,
    }
}

/// Whether a run would go well, without one: what was looked at, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoctorReport {
    /// The version of this format.
    pub schema_version: V1,
    /// When it was looked at.
    pub taken_at: Timestamp,
    /// The caller's account, and the Region to start from.
    pub home: Place,
    /// Who asked, as STS says.
    pub caller: Box<str>,
    /// What was looked at, in its order.
    pub parts: Vec<ExaminedPart>,
    /// What is wrong, the worst first.
    pub findings: Vec<DoctorFinding>,
}

/// One part of what was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExaminedPart {
    /// Which part.
    pub part: DoctorPart,
    /// How many things of it were looked at.
    pub looked_at: u64,
    /// Why nothing of it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Box<str>>,
}

/// Something that is wrong, with what mends it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoctorFinding {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of thing it is.
    pub code: DoctorCode,
    /// The part to which it belongs.
    pub part: DoctorPart,
    /// What is wrong.
    pub problem: Box<str>,
    /// Why it matters.
    pub why: Box<str>,
    /// What mends it: a command, a statement to add, or what to change.
    pub fix: Box<str>,
    /// With what it is wrong, sorted: accounts, places, repositories, resources.
    pub objects: Vec<Box<str>>,
}

impl DoctorReport {
    /// Whether a run would go as far as the doctor can see.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == Severity::Warning)
    }
}

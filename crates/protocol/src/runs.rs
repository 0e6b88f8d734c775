//! The documents that `ecr-sweep runs` and `ecr-sweep show` print as JSON, and those
//! that go with them.

use ecr_sweep_core::{Account, Digest, Reason, Region, Verdict};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Ending;
use crate::documents::{
    BlockSummary, Notice, Receipt, Receipts, RepositoryFailure, RunId, RunRequest, RunSummary,
    RunTotals, StoredPlan, V1,
};
use crate::notice::NoticeAbout;

/// Every run of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunList {
    /// The version of this format.
    pub schema_version: V1,
    /// The runs, newest first.
    pub runs: Vec<RunRow>,
    /// What looks like a run and cannot be read, sorted.
    pub unreadable: Vec<UnreadableRun>,
}

/// One run in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRow {
    /// The run.
    pub run: RunId,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// Whether nothing was to be deleted.
    pub dry_run: bool,
    /// How far it is.
    pub state: RunState,
    /// How it ended; absent before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// What ended it early, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Box<str>>,
    /// When it ended; absent before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// All its repositories together; nothing before it has planned. What became of images is
    /// counted from the receipts until it has ended.
    pub totals: RunTotals,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// It plans, or was stopped while it did.
    Planning,
    /// It has planned and is to delete: it waits to be approved, checks again, or was stopped.
    Planned,
    /// It has the lock: it checks again and deletes.
    Deleting,
    /// It was stopped while it checked again or deleted, and stored no end: nothing keeps its lock.
    Stopped,
    /// It has ended.
    Ended,
}

/// What looks like a run and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnreadableRun {
    /// The name of its folder.
    pub run: Box<str>,
    /// Why not.
    pub problem: Box<str>,
}

/// One run: what it was asked to do, how it stands, and its summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownRun {
    /// The version of this format.
    pub schema_version: V1,
    /// What it was asked to do.
    pub request: RunRequest,
    /// How it stands.
    pub stands: RunRow,
    /// Its last summary: of the plan, until it has ended; absent before it has planned.
    pub summary: Option<RunSummary>,
    /// Who was told of it, and who was to be; the first first. None where nobody was to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<NoticeRow>,
}

/// A notice to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeRow {
    /// What it is about.
    pub about: NoticeAbout,
    /// The channel: its kind, and the name of its topic or secret.
    pub channel: Box<str>,
    /// When it was first to be sent.
    pub at: Timestamp,
    /// Whether the channel took all of it.
    pub delivered: bool,
    /// How often its messages were sent together.
    pub attempts: u64,
    /// What kept it from being delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<str>>,
}

impl From<&Notice> for NoticeRow {
    fn from(notice: &Notice) -> Self {
        Self {
            about: notice.about,
            channel: notice.channel.clone(),
            at: notice.at,
            delivered: notice.is_delivered(),
            attempts: notice.parts.iter().map(|it| it.attempts).sum(),
            error: notice.error().map(Into::into),
        }
    }
}

/// Everything that one run has stored of one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownRepository {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The plan; absent if it could not be planned, or is not yet.
    pub plan: Option<StoredPlan>,
    /// The plan that was made again before anything was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recheck: Option<StoredPlan>,
    /// What became of the images that the plan deletes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Receipts>,
    /// What stopped a step here, unless a later one made up for it.
    pub failures: Vec<RepositoryFailure>,
}

/// A run that the deployed state machine has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartedRun {
    /// The version of this format.
    pub schema_version: V1,
    /// The run: that of the plan, where a stored plan is taken up.
    pub run: RunId,
    /// Whether nothing is to be deleted.
    pub dry_run: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// The name of the execution.
    pub execution: RunId,
    /// The ARN of the execution.
    pub execution_arn: Box<str>,
}

/// Why one image stays or went, from what a run has stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunExplanation {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The image.
    pub digest: Digest,
    /// The tags that it had, as far as the run has stored them.
    pub tags: Vec<Box<str>>,
    /// What the plan says.
    pub plan: RunVerdict,
    /// What the plan says that was made again before anything was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recheck: Option<RunVerdict>,
    /// What became of the image, if it was to be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// What one plan says of one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunVerdict {
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When the oldest scan that it rests on began.
    pub evidence_at: Timestamp,
    /// The verdict.
    pub verdict: Verdict,
    /// Every reason that keeps the image. Empty unless it is kept.
    pub reasons: Vec<Reason>,
    /// Why nothing is deleted in its repository, although something would be.
    pub blocked: Vec<BlockSummary>,
    /// Of an image that only has to wait, or is needed by one that does: when it goes at the earliest,
    /// which is if every run until then plans it. Absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_at: Option<Timestamp>,
}

//! The summary: how a run ended, in numbers.

use ecr_sweep_core::policy::{Prices, StorageClass, Word as _};
use ecr_sweep_core::{
    Account, Block, BlockCode, CoverageDefault, CoverageRow, Digest, Freed, Gap, GoesOn, OffRow,
    Region, Remedy, Savings, Source, Summary, UntouchedRepository, Warning,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FindingSummary, RepositoryFailure, RunId, UnreadRegistry, V1};
use crate::Ending;

/// How a run ended, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSummary {
    /// The version of this format.
    pub schema_version: V1,
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub ending: Ending,
    /// What ended it early, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Box<str>>,
    /// Whether nothing was to be deleted, whatever the plan said.
    pub dry_run: bool,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// All repositories together.
    pub totals: RunTotals,
    /// Whether places that were not scanned count as seen.
    pub coverage_default: CoverageDefault,
    /// Why they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage_default_reason: Option<Box<str>>,
    /// The sources of which they do not, where places that were not scanned do not count as seen:
    /// those that are not off everywhere. All, if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage_default_sources: Option<Vec<Source>>,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coverage_default_remedies: Vec<Remedy>,
    /// The sources that were not seen whole.
    pub incomplete: Vec<CoverageRow>,
    /// The repositories that could not be planned or swept to the end.
    pub failed: Vec<RepositoryFailure>,
    /// The registries of which something is not known, and nothing is deleted, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_registries: Vec<UnreadRegistry>,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// What was broken when the repositories were planned, whatever became of it since. None where
    /// nothing was, and in runs that did not look for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingSummary>,
    /// How many images that are kept only wait, or are needed by one that does, by the day on which they
    /// go at the earliest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goes_on: Vec<GoesOn>,
    /// What the deletions of the plan take off the bill. None where it deletes nothing, and in runs that did not
    /// count it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saves: Option<Savings>,
    /// The same of what was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Savings>,
    /// The repositories that no rule takes, sorted: they are left alone. None in runs that were asked for some
    /// repositories, or did not write them down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untouched: Vec<UntouchedRepository>,
    /// What the policy has turned off, in its order: it is not looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<OffRow>,
    /// Every planned repository, sorted by registry and name.
    pub repositories: Vec<RepositorySummary>,
}

impl RunSummary {
    /// Whether the plan deletes nothing: there a sweep ends.
    #[must_use]
    pub const fn deletes_nothing(&self) -> bool {
        self.totals.plan.delete == 0
    }

    /// Tells what storage costs at these prices: what the plan saves, what was saved, and what copies cost.
    pub fn price(&mut self, prices: &Prices) {
        let of = |freed: fn(&RepositorySummary) -> Freed| {
            Savings::of(prices, self.repositories.iter().map(|it| (&it.region, freed(it))))
        };
        (self.saves, self.saved) = (of(|it| it.plan.frees()), of(|it| it.outcomes.frees()));
        for copies in self.repositories.iter_mut().filter_map(|it| it.to_vault.as_mut()) {
            if let Some(class) = StorageClass::from_word(&copies.storage_class) {
                let cents = prices.of_copies(class).a_month(copies.at_most_bytes).cents;
                copies.at_most_cents = Some(cents);
            }
        }
    }

    /// What the run did not see.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let sources = match (self.coverage_default, &self.coverage_default_sources) {
            (CoverageDefault::Complete, _) => &[][..],
            (CoverageDefault::Failed, Some(sources)) => sources,
            (CoverageDefault::Failed, None) => &Source::ALL,
        };
        let reason = self.coverage_default_reason.as_deref();
        let everywhere = sources.iter().map(|source| Gap {
            remedies: self.coverage_default_remedies.clone(),
            ..Gap::everywhere(*source, reason)
        });
        everywhere.chain(self.incomplete.iter().map(Gap::from)).collect()
    }
}

/// A summary without its repositories: reading it takes memory for the numbers alone.
#[derive(Debug, Deserialize)]
pub struct RunSummaryHead {
    /// How the run ended.
    pub ending: Ending,
    /// What ended it early, if something did.
    pub stopped: Option<Box<str>>,
    /// Whether nothing was to be deleted, whatever the plan said.
    pub dry_run: bool,
    /// When it ended.
    pub ended_at: Timestamp,
    /// All repositories together.
    pub totals: RunTotals,
}

/// All repositories together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunTotals {
    /// Repositories that have a plan.
    pub repositories: u64,
    /// Those of them that are blocked.
    pub blocked: u64,
    /// The plans together. Bytes are those of each repository: layers that two share count twice.
    pub plan: Summary,
    /// What became of what was planned for deletion.
    pub outcomes: OutcomeCounts,
}

/// One repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositorySummary {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The SHA-256 of the stored plan: another one is not deleted in its place.
    pub plan_digest: Digest,
    /// The plan in numbers.
    pub plan: Summary,
    /// How many images that are kept only wait, or are needed by one that does, by the day on which they
    /// go at the earliest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goes_on: Vec<GoesOn>,
    /// Why nothing is deleted.
    pub blocked: Vec<BlockSummary>,
    /// What became of what was planned for deletion.
    pub outcomes: OutcomeCounts,
    /// Why images that were planned for deletion are still there.
    pub not_deleted: Vec<NotDeleted>,
    /// What is copied before it goes; absent where a rule does not ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_vault: Option<ToVault>,
    /// The channels of Slack that hear of it, by the policy and by the tag that says whose it is; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<Box<str>>,
}

/// What the deletions of one repository put into the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToVault {
    /// The most bytes that go in: those of the images, of which layers that they share are counted each
    /// time, and go in once.
    pub at_most_bytes: u64,
    /// How long they are kept at least, such as `30d`.
    pub undo_for: Box<str>,
    /// In which storage class, where the run store is a bucket.
    pub storage_class: Box<str>,
    /// What a bucket asks for so many bytes: US cents a month at most, by AWS's prices of us-east-1 or the policy's.
    /// Absent in runs that did not count it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most_cents: Option<u64>,
}

/// A block without its images.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockSummary {
    /// What kind of block.
    pub code: BlockCode,
    /// The same in words, with what to do about it.
    pub detail: Box<str>,
}

impl From<&Block> for BlockSummary {
    fn from(block: &Block) -> Self {
        Self { code: block.code, detail: block.detail.clone() }
    }
}

/// What became of the images that were planned for deletion, in numbers: each of them counts
/// once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeCounts {
    /// Deleted.
    pub deleted: u64,
    /// Archived, and not deleted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub archived: u64,
    /// Gone before they were asked for.
    pub already_gone: u64,
    /// Refused by the registry, or without an answer.
    pub failed: u64,
    /// Not asked for, for a reason of its own.
    pub skipped: u64,
    /// Never taken up: the run, or what it did to the repository, stopped before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub not_asked: u64,
    /// Bytes of those that were deleted.
    pub deleted_bytes: u64,
    /// What was freed, each layer counted once. None where the layers of images were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freed: Option<Freed>,
}

impl OutcomeCounts {
    /// All images that were planned for deletion.
    #[must_use]
    pub const fn images(&self) -> u64 {
        self.deleted
            + self.archived
            + self.already_gone
            + self.failed
            + self.skipped
            + self.not_asked
    }

    /// What was freed: the sizes of the images, where their layers were not asked for.
    #[must_use]
    pub const fn frees(&self) -> Freed {
        match self.freed {
            Some(freed) => freed,
            None => Freed::at_most(self.deleted_bytes, self.deleted),
        }
    }

    /// Tells what was freed of what the plan would: where only a part of it went, that is the most that it can be.
    pub fn free(&mut self, planned: Freed, deleted: u64) {
        self.freed = Some(if self.deleted == deleted {
            planned
        } else {
            Freed::at_most(planned.bytes.min(self.deleted_bytes), self.deleted)
        });
    }

    /// How many images the run has changed.
    #[must_use]
    pub const fn changed(&self) -> u64 {
        self.deleted + self.archived
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl std::ops::AddAssign for OutcomeCounts {
    fn add_assign(&mut self, other: Self) {
        if self.freed.is_some() || other.freed.is_some() {
            self.freed = Some(self.frees().and(other.frees()));
        }
        self.deleted += other.deleted;
        self.archived += other.archived;
        self.already_gone += other.already_gone;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.not_asked += other.not_asked;
        self.deleted_bytes += other.deleted_bytes;
    }
}

/// Images that are still there for one reason, or of which that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotDeleted {
    /// The registry's code; none where the registry was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Box<str>>,
    /// The reason in words.
    pub reason: Box<str>,
    /// How many images.
    pub images: u64,
    /// Whether nobody knows if they are there: the registry was asked, and its answer never came. Earlier versions
    /// say that in words alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

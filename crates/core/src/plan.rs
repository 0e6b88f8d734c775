//! Plans: what would happen to every image of a repository.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Account, Digest, Freed, ImageStatus, Place, Reason, Region, RepositoryId, coded};

/// The verdicts over one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryPlan {
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The plan in numbers.
    pub summary: Summary,
    /// How many of those that are kept only wait, or are needed by one that does, by the day on which
    /// they go at the earliest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goes_on: Vec<GoesOn>,
    /// Why nothing is deleted here, although something would be.
    pub blocked: Vec<Block>,
    /// What goes, newest first.
    pub delete: Vec<Deletion>,
    /// What is kept, newest first.
    pub keep: Vec<Kept>,
}

impl RepositoryPlan {
    /// The repository.
    #[must_use]
    pub fn id(&self) -> RepositoryId {
        RepositoryId::new(&self.place(), &self.repository)
    }

    /// The registry.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { account: self.account.clone(), region: self.region.clone() }
    }
}

/// A plan in numbers. Bytes are at most so many: those of the images, where a layer that some share counts with each of
/// them. An index adds none: its size is that of its largest part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// All images as listed.
    pub images: u64,
    /// Those that are kept.
    pub keep: u64,
    /// Those that go: they are deleted, or archived first.
    pub delete: u64,
    /// Of those that go, the ones that are archived first, and deleted by a later run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub archive: u64,
    /// Those that would be, were the repository not blocked.
    pub would_delete: u64,
    /// Bytes of those that would be. None where nothing is blocked, and in plans that did not count them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub would_delete_bytes: u64,
    /// Bytes of what is kept.
    pub keep_bytes: u64,
    /// Bytes of what is deleted, which are freed. What is archived first frees none.
    pub delete_bytes: u64,
    /// Bytes of what is archived first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub archive_bytes: u64,
    /// What deleting frees, each layer counted once. None where the layers of images were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freed: Option<Freed>,
}

impl Summary {
    /// Those that are deleted at once.
    #[must_use]
    pub const fn deleted(&self) -> u64 {
        self.delete.saturating_sub(self.archive)
    }

    /// What deleting frees: the sizes of the images, where their layers were not asked for.
    #[must_use]
    pub const fn frees(&self) -> Freed {
        match self.freed {
            Some(freed) => freed,
            None => Freed::at_most(self.delete_bytes, self.deleted()),
        }
    }

    /// Adds the numbers of another plan.
    pub const fn add(&mut self, other: &Self) {
        if self.freed.is_some() || other.freed.is_some() {
            self.freed = Some(self.frees().and(other.frees()));
        }
        self.images += other.images;
        self.keep += other.keep;
        self.delete += other.delete;
        self.archive += other.archive;
        self.would_delete += other.would_delete;
        self.would_delete_bytes = self.would_delete_bytes.saturating_add(other.would_delete_bytes);
        self.keep_bytes = self.keep_bytes.saturating_add(other.keep_bytes);
        self.delete_bytes = self.delete_bytes.saturating_add(other.delete_bytes);
        self.archive_bytes = self.archive_bytes.saturating_add(other.archive_bytes);
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// An image that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The image.
    pub digest: Digest,
    /// The tags that it has.
    pub tags: Vec<Box<str>>,
    /// Its size, where the registry says it. None of an index.
    pub size_bytes: Option<u64>,
    /// When it was pushed.
    pub pushed_at: Option<Timestamp>,
    /// Whether it is archived first, and deleted by a later run unless somebody restores it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub archive: bool,
}

/// An image that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The image.
    pub digest: Digest,
    /// The tags that it has.
    pub tags: Vec<Box<str>>,
    /// Every reason that holds. Never empty.
    pub reasons: Vec<Reason>,
    /// Of an image that only has to wait, or is needed by one: when it goes at the earliest, which is
    /// if every run until then plans it. Absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_at: Option<Timestamp>,
}

/// How many images that wait can go on one day, and not before.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct GoesOn {
    /// The day, in UTC.
    pub on: Date,
    /// How many images.
    pub images: u64,
}

impl GoesOn {
    /// The days on which these images go that wait, the first first.
    #[must_use]
    pub fn of(kept: &[Kept]) -> Vec<Self> {
        let days = kept.iter().filter_map(|kept| kept.goes_at);
        Self::sum(days.map(|at| Self { on: at.to_zoned(TimeZone::UTC).date(), images: 1 }))
    }

    /// The same days together, the first first.
    #[must_use]
    pub fn sum(days: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut images: BTreeMap<Date, u64> = BTreeMap::new();
        for day in days {
            *images.entry(day.on).or_default() += day.images;
        }
        images.into_iter().map(|(on, images)| Self { on, images }).collect()
    }
}

/// Why nothing is deleted in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// What kind of block.
    pub code: BlockCode,
    /// The same in words, with what to do about it.
    pub detail: Box<str>,
    /// What would be deleted without the block, newest first.
    pub would_delete: Vec<Digest>,
}

coded! {
    /// The kinds of blocks. Closed, and stable.
    pub enum BlockCode {
        IncompleteUsage "incomplete-usage" "A source that could name images of this repository was not seen whole.",
        OverLimit "over-limit" "More would be deleted than a limit allows.",
        ManifestUnreadable "manifest-unreadable" "An image may list others, and which ones is not known.",
        UnresolvedDeployment "unresolved-deployment" "A deployment runs an image by a tag that has moved since, and nothing says which image it was.",
        UnscannedConsumer "unscanned-consumer" "Somebody may pull from this repository whose usage was not looked at.",
        RegistryUnreadable "registry-unreadable" "The registry's settings are not known, or nothing is known of a registry to which deletions go.",
    }
}

coded! {
    /// The kinds of warnings. Closed, and stable.
    pub enum WarningCode {
        IncompleteUsage "incomplete-usage" "A source was not seen whole.",
        MissingImage "missing-image" "Something names an image that does not exist: it could not be started again.",
        UnreadableReference "unreadable-reference" "A reference looks like one to ECR and cannot be read.",
        PatternMatchesNothing "pattern-matches-nothing" "A pattern of the policy matches nothing.",
        RepositoryTagUnreadable "repository-tag-unreadable" "A repository's tag that should say how many days to keep is no number.",
        ReleaseUnreadable "release-unreadable" "A tag begins like a version and cannot be read to its end.",
        OldRevisionsOnly "old-revisions-only" "Nothing but old task-definition revisions keeps images.",
        OnlyRecentlyPulled "only-recently-pulled" "Nothing but recent pulls keeps more than half of what would go.",
        IncompleteIndex "incomplete-index" "An index that is kept lists images that are not there.",
        RepositoryGone "repository-gone" "A repository was removed while the run went on.",
        RegistryUnreadable "registry-unreadable" "A registry, or its settings, could not be read.",
        AccountNotActive "account-not-active" "An account is not active: nothing in it is swept.",
        ReadByAnother "read-by-another" "Somebody reads what indexes list, and no run of this store does.",
        SizesAtMost "sizes-at-most" "Exact sizes are asked for, and not every layer is known.",
        EarlierRunUnsettled "earlier-run-unsettled" "What an earlier run asked a registry for without hearing what came of it is still to be looked up.",
        OwnerUnknown "owner-unknown" "The tag that says whose a repository is names nobody who could be told.",
        ChannelUnheard "channel-unheard" "The policy names channels of Slack, and the deployment has no token to write to them.",
    }
}

/// Something that the plan's reader should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// What kind of warning.
    pub code: WarningCode,
    /// The same in words.
    pub detail: Box<str>,
}

/// An image on its way out, with what has to be true of it for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// The image.
    pub digest: Digest,
    /// The tags that it had when it was planned.
    pub tags: Vec<Box<str>>,
    /// Its status when it was planned.
    pub status: ImageStatus,
    /// Its last pull when it was planned.
    pub pulled_at: Option<Timestamp>,
    /// What has to be gone before, or archived if this is archived: the indexes that list it, the image
    /// that it refers to.
    pub after: Vec<Digest>,
    /// Whether it is archived, and not deleted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub archive: bool,
}

/// Images that can be deleted together, once every earlier wave is gone.
pub type Wave = Vec<Queued>;

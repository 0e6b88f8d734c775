//! What a plan says of one image, and why.

use std::collections::{HashMap, HashSet};
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Block, Digest, Kept, Reason, RepositoryPlan, Unmet};

/// What happens to one image.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is kept.
    Keep,
    /// It is deleted.
    Delete,
    /// It is archived, and deleted by a later run unless somebody restores it.
    Archive,
    /// It would be deleted, were its repository not blocked.
    Blocked,
    /// No rule of the policy takes its repository, so it is never touched.
    Untouched,
}

impl Verdict {
    /// Whether nothing keeps the image.
    #[must_use]
    pub const fn is_unkept(self) -> bool {
        match self {
            Self::Delete | Self::Archive | Self::Blocked => true,
            Self::Keep | Self::Untouched => false,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Keep => "keep",
            Self::Delete => "delete",
            Self::Archive => "archive",
            Self::Blocked => "blocked",
            Self::Untouched => "untouched",
        })
    }
}

/// Why one image stays or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What happens to it.
    pub verdict: Verdict,
    /// Every reason that keeps it. Empty unless it is kept.
    pub reasons: Vec<Reason>,
    /// Why nothing is deleted in its repository, although something would be.
    pub blocked: Vec<Block>,
    /// What would have kept it, with its numbers. Empty unless nothing keeps it.
    pub unmet: Vec<Unmet>,
    /// Of an image that only has to wait, or is needed by one: when it goes at the earliest.
    pub goes_at: Option<Timestamp>,
}

impl Explained {
    /// Of an image whose repository no rule of the policy takes.
    pub(crate) const UNTOUCHED: Self = Self {
        verdict: Verdict::Untouched,
        reasons: Vec::new(),
        blocked: Vec::new(),
        unmet: Vec::new(),
        goes_at: None,
    };
}

/// What a plan says of each image, found by its digest.
#[derive(Debug)]
pub struct Verdicts<'a> {
    keep: HashMap<Digest, &'a Kept>,
    /// What goes, and whether it is archived first.
    delete: HashMap<Digest, bool>,
    would_delete: HashSet<Digest>,
}

impl RepositoryPlan {
    /// What the plan says of each image.
    #[must_use]
    pub fn verdicts(&self) -> Verdicts<'_> {
        let would_delete = self.blocked.iter().flat_map(|block| &block.would_delete);
        Verdicts {
            keep: self.keep.iter().map(|kept| (kept.digest, kept)).collect(),
            delete: self
                .delete
                .iter()
                .map(|deletion| (deletion.digest, deletion.archive))
                .collect(),
            would_delete: would_delete.copied().collect(),
        }
    }
}

impl<'a> Verdicts<'a> {
    /// What happens to an image. None if the plan says nothing of it.
    #[must_use]
    pub fn verdict(&self, digest: Digest) -> Option<Verdict> {
        if self.keep.contains_key(&digest) {
            Some(Verdict::Keep)
        } else if let Some(is_archived_first) = self.delete.get(&digest) {
            Some(if *is_archived_first { Verdict::Archive } else { Verdict::Delete })
        } else {
            self.would_delete.contains(&digest).then_some(Verdict::Blocked)
        }
    }

    /// Every reason that keeps an image. Empty unless it is kept.
    #[must_use]
    pub fn reasons(&self, digest: Digest) -> &'a [Reason] {
        self.keep.get(&digest).map_or(&[], |kept| &kept.reasons)
    }

    /// Of an image that only has to wait, or is needed by one: when it goes at the earliest.
    #[must_use]
    pub fn goes_at(&self, digest: Digest) -> Option<Timestamp> {
        self.keep.get(&digest)?.goes_at
    }
}

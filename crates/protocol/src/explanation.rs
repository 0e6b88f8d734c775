//! The document that `ecr-sweep explain --format json` prints.

use ecr_sweep_core::{Account, Digest, Image, Reason, Region, RepositoryPlan, Unmet};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::documents::{BlockSummary, V1};

/// Why one image stays or goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The version of this format.
    pub schema_version: V1,
    /// The clock of the plan.
    pub now: Timestamp,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The image, with all that is known of it.
    pub image: Image,
    /// What happens to it.
    pub verdict: Verdict,
    /// Every reason that keeps it. Empty unless it is kept.
    pub reasons: Vec<Reason>,
    /// Why nothing is deleted in its repository, although something would be.
    pub blocked: Vec<BlockSummary>,
    /// What would have kept it, with its numbers. Empty unless nothing keeps it.
    pub unmet: Vec<Unmet>,
}

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
    /// It would be deleted, were its repository not blocked.
    Blocked,
    /// No rule of the policy takes its repository, so it is never touched.
    Untouched,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Keep => "keep",
            Self::Delete => "delete",
            Self::Blocked => "blocked",
            Self::Untouched => "untouched",
        })
    }
}

impl Verdict {
    /// What a plan says of an image, with the reasons that keep it; none if it says nothing.
    #[must_use]
    pub fn of(image: &Image, plan: &RepositoryPlan) -> Option<(Self, Vec<Reason>)> {
        Self::of_digest(image.digest, plan)
    }

    /// The same of an image of which only the digest is known.
    #[must_use]
    pub fn of_digest(digest: Digest, plan: &RepositoryPlan) -> Option<(Self, Vec<Reason>)> {
        if let Some(kept) = plan.keep.iter().find(|kept| kept.digest == digest) {
            return Some((Self::Keep, kept.reasons.clone()));
        }
        if plan.delete.iter().any(|deletion| deletion.digest == digest) {
            return Some((Self::Delete, Vec::new()));
        }
        let would_go = plan.blocked.iter().any(|block| block.would_delete.contains(&digest));
        would_go.then(|| (Self::Blocked, Vec::new()))
    }
}

//! The document that `ecr-sweep explain --format json` prints.

use ecr_sweep_core::{
    Account, Explained, Image, Place, Reason, Region, Repository, RepositoryId, Unmet, UseHistory,
    Verdict,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Pulls;
use crate::documents::{BlockSummary, Consumer, V1};

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
    /// Of an image that only has to wait, or is needed by one that does: when it goes at the earliest,
    /// which is if every run until then plans it. Absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_at: Option<Timestamp>,
    /// What runs remember of its use, where they remember anything of its repository. Not all of it
    /// changes the verdict: keep rules ask for some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<RememberedUse>,
    /// Who pulled it, where that was asked for. It changes no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulls: Option<Pulls>,
}

/// When runs have seen an image in use, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RememberedUse {
    /// How far that can be relied on. Absent in a snapshot that says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<UseHistory>,
    /// When a run first saw it in use, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// When a run last saw it in use. Absent: none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// Some of what used it then.
    pub by: Vec<Consumer>,
}

impl RememberedUse {
    /// What a snapshot says of an image. None where it says nothing of use there.
    #[must_use]
    pub fn of_snapshot(repository: &Repository, image: &Image) -> Option<Self> {
        let (history, last_seen) = (repository.use_history, image.used_at);
        (history.is_some() || last_seen.is_some()).then(|| Self {
            history,
            last_seen,
            ..Self::default()
        })
    }
}

impl Explanation {
    /// What was decided over one image of a repository.
    #[must_use]
    pub fn new(
        now: Timestamp,
        repository: RepositoryId,
        image: Image,
        explained: Explained,
    ) -> Self {
        let RepositoryId { registry: Place { account, region }, name: repository } = repository;
        let Explained { verdict, reasons, blocked, unmet, goes_at } = explained;
        Self {
            schema_version: V1,
            now,
            account,
            region,
            repository,
            image,
            verdict,
            reasons,
            blocked: blocked.iter().map(BlockSummary::from).collect(),
            unmet,
            goes_at,
            used: None,
            pulls: None,
        }
    }
}

//! The document that `ecr-sweep explain --format json` prints.

use ecr_sweep_core::{
    Account, Explained, Image, Place, Reason, Region, RepositoryId, Unmet, Verdict,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Pulls;
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
    /// Who pulled it, where that was asked for. It changes no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulls: Option<Pulls>,
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
        let Explained { verdict, reasons, blocked, unmet } = explained;
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
            pulls: None,
        }
    }
}

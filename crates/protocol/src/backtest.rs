//! The document that `ecr-sweep backtest --format json` prints.

use std::fmt;

use ecr_sweep_core::wording::plural;
use ecr_sweep_core::{Account, Digest, Need, Region};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ExitCode;
use crate::documents::{RunId, V1};

/// How many images that were needed again are told one by one.
pub const NEEDED_TOLD: usize = 100;

/// What a policy would have deleted at each stored run, and what of it somebody needed later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backtest {
    /// The version of this format.
    pub schema_version: V1,
    /// The SHA-256 of the policy's text.
    pub policy_digest: Digest,
    /// How many images it would have deleted, each counted once.
    pub images: u64,
    /// Their bytes: the most that it can be, as layers that they share count for each.
    pub bytes: u64,
    /// How many of them nobody needed, as far as later runs that saw everything can tell.
    pub not_needed: u64,
    /// How many of them somebody needed.
    pub needed: u64,
    /// How many of them no later run looked at that saw everything: nobody knows.
    pub not_known: u64,
    /// The first of those that somebody needed, at most 100.
    pub needed_again: Vec<NeededImage>,
    /// Of what it would not have deleted and somebody needed again after a while, what it came nearest to
    /// deleting. None where it came near to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<NearestImage>,
    /// The runs, the first first.
    pub runs: Vec<BacktestedRun>,
    /// What looks like a run and cannot be read, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Box<str>>,
}

/// What the policy would have done at one run, by repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestedRun {
    /// The run.
    pub run: RunId,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// Repositories that the policy takes and that could be judged.
    pub repositories: u64,
    /// Images of them that the policy would have deleted.
    pub would_delete: u64,
    /// Those of them that it would have deleted at no run before.
    pub first: u64,
    /// Repositories in which something not seen, or not known, would have blocked it.
    pub blocked: u64,
    /// Repositories in which not everything was seen that could name an image.
    pub not_whole: u64,
    /// Repositories of which the run has not stored what is needed to judge, as earlier versions did not, or
    /// of which it cannot be read.
    pub not_known: u64,
    /// Why nothing of the run could be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Box<str>>,
}

/// An image that the policy would have deleted and somebody needed later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeededImage {
    /// When somebody needed it; of what is named, when a run saw that.
    pub needed_at: Timestamp,
    /// How that showed.
    pub need: Need,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The image.
    pub digest: Digest,
    /// The tags that it had when it would have gone.
    pub tags: Vec<Box<str>>,
    /// The first run at which it would have gone.
    pub gone_in: RunId,
    /// When that run planned it.
    pub gone_at: Timestamp,
    /// The run that showed it.
    pub seen_in: RunId,
}

/// What the policy came nearest to deleting before somebody needed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NearestImage {
    /// So many more whole days, and it would have gone: rounded down.
    pub days_short: u32,
    /// When somebody needed it.
    pub needed_at: Timestamp,
    /// The registry's account.
    pub account: Account,
    /// The registry's Region.
    pub region: Region,
    /// The repository's name.
    pub repository: Box<str>,
    /// The image.
    pub digest: Digest,
    /// The tags that it had.
    pub tags: Vec<Box<str>>,
}

impl Backtest {
    /// 3 where somebody needed what would have gone, or nothing could be judged.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let is_judged = self.runs.iter().any(|run| run.repositories > 0);
        if is_judged && self.needed == 0 { ExitCode::Done } else { ExitCode::Incomplete }
    }
}

/// The whole in a sentence or two.
impl fmt::Display for Backtest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let judged = || self.runs.iter().filter(|run| run.repositories > 0);
        let Some(first) = judged().next() else {
            return f.write_str("nothing can be said: no run has stored what is needed to judge");
        };
        let Self { images, needed, not_known, .. } = self;
        let since = first.started_at.to_zoned(TimeZone::UTC).date();
        let image = plural(*images, "image");
        let were = if *needed == 1 { "was" } else { "were" };
        write!(f, "of {images} {image} that this policy would have deleted since {since}, ")?;
        write!(f, "{needed} {were} needed again")?;
        if let Some(nearest) = &self.nearest {
            let days = plural(nearest.days_short.into(), "day");
            write!(f, "; the nearest was {} {days} short", nearest.days_short)?;
        }
        if *not_known > 0 {
            write!(f, "; of {not_known} nobody knows, as no later run saw everything")?;
        }
        Ok(())
    }
}

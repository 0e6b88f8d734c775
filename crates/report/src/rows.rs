//! The images of a repository, each with what becomes of it and why.

use std::collections::{BTreeSet, HashMap};

use ecr_sweep_core::{Digest, Reason};
use ecr_sweep_protocol::documents::{DeletionOutcome, Receipt, RunImage};
use jiff::Timestamp;

use crate::RepositoryRecord;
use crate::fate::Fate;

/// One image.
pub(crate) struct Row<'a> {
    pub(crate) digest: Digest,
    pub(crate) tags: &'a [Box<str>],
    pub(crate) fate: Fate,
    /// Why it is kept.
    pub(crate) reasons: &'a [Reason],
    /// Why it is still there although it was to go.
    pub(crate) not_deleted: Option<&'a str>,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) pushed_at: Option<Timestamp>,
    pub(crate) goes_at: Option<Timestamp>,
    /// The image as the run found it. None in runs that did not store that.
    pub(crate) found: Option<&'a RunImage>,
}

/// Every image, what goes first; of each fate in the order of the plan, the newest first.
pub(crate) fn rows(record: &RepositoryRecord) -> Vec<Row<'_>> {
    let found: HashMap<Digest, &RunImage> = record
        .images
        .iter()
        .flat_map(|images| &images.images)
        .map(|image| (image.digest, image))
        .collect();
    let receipts: HashMap<Digest, &Receipt> = record
        .receipts
        .iter()
        .flat_map(|receipts| &receipts.receipts)
        .map(|receipt| (receipt.digest, receipt))
        .collect();
    let plan = &record.plan.plan;
    let deleted = plan.delete.iter().map(|it| {
        let outcome = receipts.get(&it.digest).map(|receipt| &receipt.outcome);
        Row {
            digest: it.digest,
            tags: &it.tags,
            fate: match outcome {
                Some(outcome) => Fate::from(outcome),
                None if it.archive => Fate::Archive,
                None => Fate::Delete,
            },
            reasons: &[],
            not_deleted: outcome.and_then(why),
            size_bytes: it.size_bytes,
            pushed_at: it.pushed_at,
            goes_at: None,
            found: found.get(&it.digest).copied(),
        }
    });
    let mut seen = BTreeSet::new();
    let would = plan.blocked.iter().flat_map(|block| &block.would_delete);
    let blocked = would.filter(|digest| seen.insert(**digest)).map(|digest| {
        let found = found.get(digest).copied();
        Row {
            digest: *digest,
            tags: found.map_or(&[], |it| &it.tags),
            fate: Fate::Blocked,
            reasons: &[],
            not_deleted: None,
            size_bytes: found.and_then(|it| it.size_bytes),
            pushed_at: found.and_then(|it| it.pushed_at),
            goes_at: None,
            found,
        }
    });
    let kept = plan.keep.iter().map(|it| {
        let found = found.get(&it.digest).copied();
        Row {
            digest: it.digest,
            tags: &it.tags,
            fate: if it.goes_at.is_some() { Fate::Waits } else { Fate::Keep },
            reasons: &it.reasons,
            not_deleted: None,
            size_bytes: found.and_then(|it| it.size_bytes),
            pushed_at: found.and_then(|it| it.pushed_at),
            goes_at: it.goes_at,
            found,
        }
    });
    let mut rows: Vec<Row<'_>> = deleted.chain(blocked).chain(kept).collect();
    rows.sort_by_key(|row| row.fate);
    rows
}

fn why(outcome: &DeletionOutcome) -> Option<&str> {
    match outcome {
        DeletionOutcome::Deleted | DeletionOutcome::Archived | DeletionOutcome::AlreadyGone => None,
        DeletionOutcome::Skipped { reason } | DeletionOutcome::Failed { reason, .. } => {
            Some(reason)
        }
        DeletionOutcome::Asked => Some("the registry was asked, and its answer is not known"),
    }
}

impl Row<'_> {
    /// The codes of why it is kept, each once.
    pub(crate) fn codes(&self) -> BTreeSet<String> {
        self.reasons.iter().map(|reason| reason.code.to_string()).collect()
    }

    /// Whether something uses it.
    pub(crate) fn is_used(&self) -> bool {
        self.reasons.iter().any(|reason| !reason.evidence.is_empty())
    }

    /// Some of what uses it, by its ARN.
    pub(crate) fn used_by(&self) -> impl Iterator<Item = &str> {
        self.reasons.iter().flat_map(|reason| &reason.evidence).map(|usage| &*usage.arn)
    }

    pub(crate) fn pulled_at(&self) -> Option<Timestamp> {
        self.found?.pulled_at
    }

    /// When a run last saw it in use: this one, where something uses it.
    pub(crate) fn used_at(&self) -> Option<Timestamp> {
        let seen = self.reasons.iter().flat_map(|reason| &reason.evidence);
        let now = seen.filter_map(|usage| usage.seen_at).max();
        now.max(self.found.and_then(|it| it.used_at))
    }
}

//! How a run ended, for the state machine.

use ecr_sweep_core::Digest;
use serde::{Deserialize, Serialize};

use crate::Ending;
use crate::documents::{RunSummary, Stage};

/// How a run ended, for the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Which plan this is about: that made again is judged by itself where nothing is deleted by it.
    pub stage: Stage,
    /// How it ended, so far.
    pub ending: Ending,
    /// How many images the plan deletes.
    pub deletions: u64,
    /// Whether these are to be deleted now.
    pub go_on: bool,
    /// Whether the execution succeeds.
    pub succeeded: bool,
    /// The fixed name under which it fails; empty if it succeeds.
    pub error: Box<str>,
    /// The same in words; empty if it succeeds.
    pub cause: Box<str>,
    /// The digest of the summary: what is approved.
    pub plan_digest: Digest,
}

impl Outcome {
    /// What a summary comes to: a run fails when it was to delete and something kept it from it.
    #[must_use]
    pub fn of(summary: &RunSummary, stage: Stage, go_on: bool, plan_digest: Digest) -> Self {
        let of_a_repository = summary.failed.first().map(|failure| &*failure.error);
        let error = match summary.ending {
            Ending::Done | Ending::Incomplete => None,
            Ending::Partial if summary.totals.outcomes.failed == 0 && summary.failed.is_empty() => {
                None
            }
            Ending::NothingDeleted => Some("IncompleteUsage"),
            Ending::Partial | Ending::Refused | Ending::Failed => {
                Some(of_a_repository.unwrap_or("Internal"))
            }
        };
        let cause = error.map(|_| in_words(summary));
        Self {
            stage,
            ending: summary.ending,
            deletions: summary.totals.plan.delete,
            go_on,
            succeeded: error.is_none(),
            error: error.unwrap_or_default().into(),
            cause: cause.unwrap_or_default(),
            plan_digest,
        }
    }
}

/// What kept a run from its end: the first thing that a reader should know.
fn in_words(summary: &RunSummary) -> Box<str> {
    if let Some(stopped) = &summary.stopped {
        return stopped.clone();
    }
    if summary.ending == Ending::NothingDeleted {
        let sources: Vec<String> = summary
            .incomplete
            .iter()
            .take(5)
            .map(|row| {
                let reason = row.reason.as_deref().unwrap_or("no reason given");
                format!("{} of {}: {reason}", row.source, row.place())
            })
            .collect();
        let more = summary.incomplete.len().saturating_sub(sources.len());
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        return format!(
            "nothing was deleted, as usage was not seen whole: {}{more}",
            sources.join("; ")
        )
        .into();
    }
    if let Some(failure) = summary.failed.first() {
        return format!(
            "{} of {} repositories failed, first {}: {}",
            summary.failed.len(),
            summary.totals.repositories,
            failure.repository,
            failure.message
        )
        .into();
    }
    format!("{} images could not be deleted", summary.totals.outcomes.failed).into()
}

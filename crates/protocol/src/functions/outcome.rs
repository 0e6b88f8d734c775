//! How a run ended, for the state machine.

use ecr_sweep_core::wording::{First, plural};
use ecr_sweep_core::{Digest, Gap, group_gaps};
use serde::{Deserialize, Serialize};

use crate::documents::{RunSummary, Stage};
use crate::{Ending, ErrorName, Reported};

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
    /// Whether nothing is to be deleted, and what an earlier run asked for is to be looked up before the run
    /// is judged.
    #[serde(default)]
    pub settle: bool,
    /// Whether the execution succeeds.
    pub succeeded: bool,
    /// The fixed name under which it fails; an empty text if it succeeds.
    #[serde(with = "or_empty")]
    pub error: Option<Reported>,
    /// The same in words; empty if it succeeds.
    pub cause: Box<str>,
    /// The digest of the summary: what is approved.
    pub plan_digest: Digest,
}

impl Outcome {
    /// What a summary comes to: a run fails when it was to delete and something kept it from it.
    #[must_use]
    pub fn of(summary: &RunSummary, stage: Stage, go_on: bool, plan_digest: Digest) -> Self {
        let of_a_repository = || summary.failed.first().map(|failure| failure.error.clone());
        let error = match summary.ending {
            Ending::Done | Ending::Incomplete => None,
            Ending::Partial if summary.failed.is_empty() && not_deleted(summary) == 0 => None,
            Ending::NothingDeleted => Some(ErrorName::IncompleteUsage.into()),
            Ending::Partial | Ending::Refused | Ending::Interrupted | Ending::Failed => {
                Some(of_a_repository().unwrap_or_else(|| ErrorName::Internal.into()))
            }
        };
        let cause = error.as_ref().map(|_| in_words(summary));
        Self {
            stage,
            ending: summary.ending,
            deletions: summary.totals.plan.delete,
            go_on,
            settle: false,
            succeeded: error.is_none(),
            error,
            cause: cause.unwrap_or_default(),
            plan_digest,
        }
    }
}

/// Step Functions reads the name by its path, so it is there whether the run fails or not.
mod or_empty {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::Reported;

    #[expect(clippy::ref_option, reason = "serde gives the field itself")]
    pub(super) fn serialize<S: Serializer>(
        error: &Option<Reported>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(error.as_ref().map_or("", Reported::as_str))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Reported>, D::Error> {
        let text = Box::<str>::deserialize(deserializer)?;
        Ok((!text.is_empty()).then(|| Reported::from(&*text)))
    }
}

/// How many sources a cause names.
const NAMED: usize = 5;

/// What kept a run from its end: the first thing that a reader should know.
fn in_words(summary: &RunSummary) -> Box<str> {
    if let Some(stopped) = &summary.stopped {
        return stopped.clone();
    }
    if summary.ending == Ending::NothingDeleted {
        let gaps: Vec<Gap> = summary.incomplete.iter().map(Gap::from).collect();
        let groups = First::of(NAMED, group_gaps(&gaps));
        let rows = groups.map(|group| group.with_sources()).joined("; ");
        return format!("nothing was deleted, as usage was not seen whole: {rows}").into();
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
    let left = not_deleted(summary);
    format!("{left} {} could not be deleted", plural(left, "image")).into()
}

/// How many images were to be deleted, and neither are nor have a reason of their own to stay.
const fn not_deleted(summary: &RunSummary) -> u64 {
    summary.totals.outcomes.failed + summary.totals.outcomes.not_asked
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn outcome(ending: &str, change: impl FnOnce(&mut Value)) -> Outcome {
        let plan = json!({
            "images": 10, "keep": 6, "delete": 4, "would_delete": 0,
            "keep_bytes": 600, "delete_bytes": 4096,
        });
        let outcomes = json!({
            "deleted": 0, "already_gone": 0, "failed": 0, "skipped": 0, "deleted_bytes": 0,
        });
        let mut summary = json!({
            "schema_version": 1, "run": "r1", "ending": ending, "dry_run": false,
            "started_at": "2026-11-20T00:00:00Z", "ended_at": "2026-11-20T00:01:00Z",
            "totals": { "repositories": 3, "blocked": 0, "plan": plan, "outcomes": outcomes },
            "coverage_default": "complete", "incomplete": [], "failed": [], "warnings": [],
            "repositories": [],
        });
        change(&mut summary);
        let summary = serde_json::from_value(summary).unwrap();
        let digest = format!("sha256:{}", "b".repeat(64)).parse().unwrap();
        Outcome::of(&summary, Stage::Recheck, false, digest)
    }

    fn failure(repository: &str) -> Value {
        json!({
            "schema_version": 1, "run": "r1", "account": "111122223333", "region": "eu-west-1",
            "repository": repository, "step": "plan", "failed_at": "2026-11-20T00:00:30Z",
            "error": "Throttled", "message": "ecr:DescribeImages was throttled",
        })
    }

    #[test]
    fn a_run_that_met_nothing_or_was_only_to_look_succeeds() {
        for ending in ["done", "incomplete"] {
            let outcome = outcome(ending, |_| {});
            assert!(outcome.succeeded, "{ending}");
            assert_eq!((outcome.error, &*outcome.cause), (None, ""));
            assert_eq!((outcome.stage, outcome.deletions), (Stage::Recheck, 4));
        }
    }

    #[test]
    fn a_sweep_that_left_blocked_repositories_alone_succeeds() {
        assert!(outcome("partial", |_| {}).succeeded);
    }

    #[test]
    fn a_sweep_in_which_a_deletion_failed_fails() {
        let outcome = outcome("partial", |summary| {
            summary["totals"]["outcomes"]["failed"] = 2.into();
        });
        assert_eq!((outcome.succeeded, outcome.error), (false, Some(ErrorName::Internal.into())));
        assert_eq!(&*outcome.cause, "2 images could not be deleted");
    }

    #[test]
    fn a_sweep_in_which_a_repository_failed_fails_under_that_error() {
        let outcome = outcome("partial", |summary| {
            summary["failed"] = json!([failure("dev/app"), failure("dev/web")]);
        });
        assert_eq!((outcome.succeeded, outcome.error), (false, Some(ErrorName::Throttled.into())));
        assert_eq!(
            &*outcome.cause,
            "2 of 3 repositories failed, first dev/app: ecr:DescribeImages was throttled"
        );
    }

    #[test]
    fn a_sweep_that_deleted_nothing_fails_with_what_was_not_seen() {
        let cause = |reason: fn(&str) -> String| {
            let outcome = outcome("nothing-deleted", |summary| {
                let unseen = |source| {
                    json!({
                        "account": "111122223333", "region": "eu-west-1", "source": source,
                        "status": "failed", "reason": reason(source),
                    })
                };
                let sources = ["ecs", "lambda", "batch", "codebuild", "events", "sagemaker"];
                summary["incomplete"] = sources.map(unseen).to_vec().into();
            });
            let error = Some(ErrorName::IncompleteUsage.into());
            assert_eq!((outcome.succeeded, outcome.error), (false, error));
            outcome.cause.to_string()
        };
        assert_eq!(
            cause(|_| "denied".to_owned()),
            "nothing was deleted, as usage was not seen whole: \
             ecs, lambda, batch and 3 more of 111122223333/eu-west-1: denied"
        );
        let each = cause(|source| format!("no {source}"));
        assert!(each.contains("batch of 111122223333/eu-west-1: no batch; codebuild of"), "{each}");
        assert!(each.ends_with("; and 1 more"), "{each}");
    }

    #[test]
    fn what_stopped_a_run_is_its_cause() {
        let outcome = outcome("refused", |summary| summary["stopped"] = "another run".into());
        assert_eq!((outcome.succeeded, &*outcome.cause), (false, "another run"));
    }
}

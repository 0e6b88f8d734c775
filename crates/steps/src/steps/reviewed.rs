//! The reviewed plan: which of it may still be deleted.

use std::collections::BTreeMap;

use ecr_sweep_core::{Age, Digest, RepositoryId};
use ecr_sweep_protocol::documents::{
    MatchedRepository, Repositories, RunSummary, Stage, keys, sha256,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::run::attempt::{Attempt, attempt};
use crate::run::documents::AT_ONCE;
use crate::{Run, StepError};

/// The repositories whose stored plan deletes something. Each plan is the one that the summary
/// speaks of, and none is past its age. Those come last in which something refers to images that go
/// from others: what refers to an image goes after it.
pub(crate) async fn with_deletions(
    run: &Run,
    planned: &RunSummary,
) -> Result<Vec<MatchedRepository>, StepError> {
    let Repositories { repositories, .. } = run.read(&keys::repositories(&run.id)).await?;
    let reviewed: BTreeMap<RepositoryId, Digest> = planned
        .repositories
        .iter()
        .filter(|it| it.plan.delete > 0)
        .map(|it| (it.id(), it.plan_digest))
        .collect();
    let deleting = repositories
        .into_iter()
        .filter_map(|matched| Some((*reviewed.get(&matched.id())?, matched)));
    let mut deleting: Vec<(bool, MatchedRepository)> = stream::iter(deleting)
        .map(async |(digest, matched)| {
            let repository = matched.id();
            match review(run, &repository, digest).await? {
                Review::Stale(problem) => Err(StepError::StalePlan { repository, problem }),
                Review::Holds { awaits_others } => Ok((awaits_others, matched)),
            }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    deleting.sort_by_key(|(awaits_others, _)| *awaits_others);
    Ok(deleting.into_iter().map(|(_, matched)| matched).collect())
}

/// How far clocks may be apart that write and read a time.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Why a plan may not be deleted by its age, if so: one past it, and one of a time to come, of which
/// nobody knows how old it is.
pub(crate) fn age_problem(planned_at: Timestamp, max_age: Age, now: Timestamp) -> Option<String> {
    if planned_at < max_age.before(now) {
        return Some(format!(
            "it was made at {planned_at}; at {now} that is more than {max_age} ago"
        ));
    }
    is_to_come(planned_at, now)
        .then(|| format!("it is dated {planned_at}, and it is {now}: a clock was, or is, wrong"))
}

/// Whether a time lies ahead, further than clocks are apart.
pub(crate) fn is_to_come(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) > CLOCK_SKEW
}

/// What came of looking at a reviewed plan again.
enum Review {
    /// Why it may not be deleted any more.
    Stale(String),
    /// It may be.
    Holds {
        /// Whether something has to go from other repositories before.
        awaits_others: bool,
    },
}

async fn review(run: &Run, repository: &RepositoryId, digest: Digest) -> Result<Review, StepError> {
    let key = keys::plan(&run.id, Stage::Plan, repository);
    if let Attempt::Failed(failure) = attempt(run, Stage::Plan, repository).await? {
        let message = failure.message;
        return Ok(Review::Stale(format!("it could not be made again: {message}")));
    }
    let stored = run.store.get_held(&key).await?.ok_or_else(|| run.missing(&key))?;
    if sha256(&stored.bytes) != digest {
        let address = run.store.address(&key);
        return Ok(Review::Stale(format!("{address} is not the plan that was made")));
    }
    let head = run.parse(&key.head(), &stored.bytes)?;
    let (planned_at, max_age, now) = (head.planned_at, run.policy.plan_max_age, run.now());
    if let Some(problem) = age_problem(planned_at, max_age, now) {
        return Ok(Review::Stale(problem));
    }
    Ok(Review::Holds { awaits_others: head.awaits_others() })
}

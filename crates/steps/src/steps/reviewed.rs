//! The reviewed plan: which of it may still be deleted.

use std::collections::BTreeMap;

use ecr_sweep_core::{Digest, RepositoryId};
use ecr_sweep_protocol::documents::{
    MatchedRepository, Repositories, RunSummary, Stage, keys, sha256,
};

use crate::run::attempt::{Attempt, attempt};
use crate::{Run, StepError};

/// The repositories whose stored plan deletes something. Each plan is the one that the summary
/// speaks of, and none is past its age.
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
    let mut deleting = Vec::new();
    for matched in repositories {
        let repository = matched.id();
        let Some(digest) = reviewed.get(&repository) else { continue };
        let problem = stale(run, &repository, *digest).await?;
        if let Some(problem) = problem {
            return Err(StepError::StalePlan { repository, problem });
        }
        deleting.push(matched);
    }
    Ok(deleting)
}

/// Why a reviewed plan may not be deleted any more.
async fn stale(
    run: &Run,
    repository: &RepositoryId,
    digest: Digest,
) -> Result<Option<String>, StepError> {
    let key = keys::plan(&run.id, Stage::Plan, repository);
    if let Attempt::Failed(failure) = attempt(run, Stage::Plan, repository).await? {
        return Ok(Some(format!("it could not be made again: {}", failure.message)));
    }
    let stored = run.store.get(&key).await?.ok_or_else(|| run.missing(&key))?;
    if sha256(&stored.bytes) != digest {
        let address = run.store.address(&key);
        return Ok(Some(format!("{address} is not the plan that was made")));
    }
    let head = run.parse(&key.head(), &stored.bytes)?;
    let (planned_at, max_age, now) = (head.planned_at, run.policy.plan_max_age, run.now());
    let problem =
        || format!("it was made at {planned_at}; at {now} that is more than {max_age} ago");
    Ok((planned_at < max_age.before(now)).then(problem))
}

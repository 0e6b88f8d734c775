//! What no single repository can tell: what stays in the others, and the limits of a whole run.
//!
//! What follows where the plans are over the limits is written down before the first of them is
//! changed for it. A step that stops half-way and is called again goes by that: what it would count by
//! then are the deletions that are left, and half of a run over its limits may be within them.
//!
//! To count 20,000 repositories is 60,000 calls to the run store, 32 at once: 40 s where one takes
//! 20 ms. To plan them again, as those of which images are held, may take longer than a function has:
//! then the step ends early, and the next call goes on behind what was planned again.

mod counting;
mod enforcing;

use ecr_sweep_core::over_run_limit;
use ecr_sweep_core::policy::{Limits, OnExceed};
use ecr_sweep_protocol::documents::{HeldImages, OverLimit, Repositories, RunOverLimit, V1, keys};

use crate::steps::settle::{KnownByRepository, MadeAgain, settle};
use crate::{Run, SharedEvidence, StepError};
use counting::{count, held_beyond};
use enforcing::{block, hold};

/// Holds all plans of a stage together: what refers to an image that stays in another repository
/// stays, and the policy's limits of a whole run hold. Stores those plans again that are blocked, or
/// planned again with less to delete.
///
/// Where the limits hold, and where nothing is deleted beyond them, only the numbers of the plans
/// are read. Where the oldest go first, what is deleted is held in memory at once, but never what is
/// kept.
///
/// Ends with [`StepError::OutOfTime`] at the context's deadline: called again, it gets further.
pub async fn limit_run(run: &Run, evidence: &SharedEvidence) -> Result<(), StepError> {
    limit_listed(run, evidence, &run.read(&keys::repositories(&run.id)).await?).await
}

/// The same where it is known which repositories the run has listed.
pub(crate) async fn limit_listed(
    run: &Run,
    evidence: &SharedEvidence,
    listed: &Repositories,
) -> Result<(), StepError> {
    let stage = evidence.stage;
    let limits = &run.policy.limits;
    let held = match find_decided(run, evidence).await? {
        Some(OverLimit::Blocked { detail }) => return block(run, stage, listed, &detail).await,
        Some(OverLimit::Held { repositories }) => Some(repositories),
        None => None,
    };
    let mut known = KnownByRepository::new();
    know_held(&mut known, held.iter().flatten());
    settle(run, evidence, listed, &mut known, MadeAgain::All).await?;
    if limits.share.is_none() && limits.images.is_none() {
        return Ok(());
    }
    if held.is_none() {
        let counted = count(run, stage, listed).await?;
        let Some(detail) = over_run_limit(counted.images, counted.deletions, limits) else {
            return Ok(());
        };
        if limits.on_exceed == OnExceed::Block {
            return decide_to_block(run, evidence, listed, detail).await;
        }
        let held = held_beyond(run, stage, listed, limits.allowed_of(counted.images)).await?;
        know_held(&mut known, &held);
        decide(run, evidence, OverLimit::Held { repositories: held }).await?;
    }
    hold(run, evidence, listed, &known).await?;
    settle(run, evidence, listed, &mut known, MadeAgain::Deleting).await?;
    // The registries do not stand still: what was planned again may delete more than before.
    let counted = count(run, stage, listed).await?;
    if over_run_limit(counted.images, counted.deletions, limits).is_none() {
        return Ok(());
    }
    let detail = format!("the run's limit is {limits}, and images were changed meanwhile");
    decide_to_block(run, evidence, listed, detail.into()).await
}

fn know_held<'a>(known: &mut KnownByRepository, held: impl IntoIterator<Item = &'a HeldImages>) {
    for held in held {
        known.entry(held.id()).or_default().held.clone_from(&held.images);
    }
}

/// What an earlier call found to follow for plans that rest on this evidence. Plans that rest on
/// other evidence are counted anew.
async fn find_decided(
    run: &Run,
    evidence: &SharedEvidence,
) -> Result<Option<OverLimit>, StepError> {
    let Limits { share, images, .. } = run.policy.limits;
    if share.is_none() && images.is_none() {
        return Ok(None);
    }
    let decided = run.find(&keys::over_limit(&run.id, evidence.stage)).await?;
    let of_this = decided.filter(|decided| decided.evidence == evidence.digest());
    Ok(of_this.map(|decided| decided.follows))
}

async fn decide(run: &Run, evidence: &SharedEvidence, follows: OverLimit) -> Result<(), StepError> {
    let decided = RunOverLimit {
        schema_version: V1,
        run: run.id.clone(),
        evidence: evidence.digest(),
        follows,
    };
    run.write(&keys::over_limit(&run.id, evidence.stage), &decided).await
}

async fn decide_to_block(
    run: &Run,
    evidence: &SharedEvidence,
    listed: &Repositories,
    detail: Box<str>,
) -> Result<(), StepError> {
    decide(run, evidence, OverLimit::Blocked { detail: detail.clone() }).await?;
    block(run, evidence.stage, listed, &detail).await
}

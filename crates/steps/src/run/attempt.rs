//! The last attempt at each repository: the one place that says whether a later one made up for
//! what stopped an earlier one.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_core::{Digest, RepositoryId};
use ecr_sweep_protocol::Reported;
use ecr_sweep_protocol::documents::{
    AttemptOutcome, RepositoryAttempt, RepositoryFailure, RunId, Stage, StepName, StoredPlan, V1,
    keys,
};
use ecr_sweep_protocol::functions::Caught;

use crate::run::documents::find_document;
use crate::{Run, StepError};

/// What the last attempt at a repository came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// There was none.
    None,
    /// It is planned, and nothing has stopped since.
    Planned {
        /// The SHA-256 of the stored plan. None in a run that was stored before there were
        /// attempts.
        plan_digest: Option<Digest>,
        /// Whether something there refers to images that are not there.
        refers_elsewhere: bool,
    },
    /// A step stopped.
    Failed(RepositoryFailure),
}

impl Attempt {
    /// Whether the stored plan is what the last planning made. A deletion that stopped leaves it
    /// as it is; after a planning that stopped, what is there is of an earlier one.
    #[must_use]
    pub fn has_plan(&self) -> bool {
        match self {
            Self::None => false,
            Self::Planned { .. } => true,
            Self::Failed(failure) => failure.step == StepName::Delete,
        }
    }

    /// The SHA-256 of the plan that it made, where it says so.
    pub(crate) const fn plan_digest(&self) -> Option<Digest> {
        match self {
            Self::Planned { plan_digest, .. } => *plan_digest,
            Self::None | Self::Failed(_) => None,
        }
    }

    /// Whether it is of the plan with this SHA-256, as far as it says of which.
    pub(crate) fn is_of(&self, plan: Digest) -> bool {
        match self {
            Self::Planned { plan_digest: Some(digest), .. } => *digest == plan,
            Self::None | Self::Planned { plan_digest: None, .. } | Self::Failed(_) => true,
        }
    }

    /// What stopped it.
    #[must_use]
    pub fn failure(self) -> Option<RepositoryFailure> {
        match self {
            Self::None | Self::Planned { .. } => None,
            Self::Failed(failure) => Some(failure),
        }
    }
}

/// The last attempt at a repository for one of a run's two plans.
pub async fn find_attempt(
    store: &dyn RunStore,
    run: &RunId,
    stage: Stage,
    repository: &RepositoryId,
) -> Result<Attempt, StepError> {
    let key = keys::attempt(run, stage, repository);
    let Some(attempt) = find_document(store, &key).await? else {
        return find_earlier(store, run, stage, repository).await;
    };
    Ok(match attempt.outcome {
        AttemptOutcome::Planned { plan_digest, refers_elsewhere } => {
            Attempt::Planned { plan_digest: Some(plan_digest), refers_elsewhere }
        }
        AttemptOutcome::Failed { step, failed_at, error, message } => {
            let RepositoryAttempt { schema_version, run, account, region, repository, .. } =
                attempt;
            Attempt::Failed(RepositoryFailure {
                schema_version,
                run,
                account,
                region,
                repository,
                step,
                failed_at,
                error,
                message,
            })
        }
    })
}

/// The same of a run that was stored before there were attempts: each step that stopped left a
/// document of its own, and their times say which came last. Where these are equal, it is what
/// stopped. A first plan that is there is what its run was judged by, whatever came after it.
async fn find_earlier(
    store: &dyn RunStore,
    run: &RunId,
    stage: Stage,
    repository: &RepositoryId,
) -> Result<Attempt, StepError> {
    let failure = async |step| -> Result<Option<RepositoryFailure>, StepError> {
        find_document(store, &keys::failure(run, step, repository)).await
    };
    let plan = find_document(store, &keys::plan(run, stage, repository).head()).await?;
    let Some(plan) = plan else {
        let planning = failure(stage.into()).await?;
        return Ok(planning.map_or(Attempt::None, Attempt::Failed));
    };
    if stage == Stage::Recheck {
        for step in [StepName::Recheck, StepName::Delete] {
            if let Some(failure) = failure(step).await?
                && failure.failed_at >= plan.planned_at
            {
                return Ok(Attempt::Failed(failure));
            }
        }
    }
    Ok(Attempt::Planned { plan_digest: None, refers_elsewhere: false })
}

/// The last attempt at a repository of this run.
pub(crate) async fn attempt(
    run: &Run,
    stage: Stage,
    repository: &RepositoryId,
) -> Result<Attempt, StepError> {
    find_attempt(&*run.store, &run.id, stage, repository).await
}

/// Stores a plan, and then that it is what the last attempt made.
pub(crate) async fn store_plan(
    run: &Run,
    stage: Stage,
    repository: &RepositoryId,
    plan: StoredPlan,
) -> Result<(), StepError> {
    let key = keys::plan(&run.id, stage, repository);
    let refers_elsewhere = !plan.absent_subjects.is_empty();
    let plan_digest = run.write_large(&key, plan).await?;
    let document = RepositoryAttempt {
        schema_version: V1,
        run: run.id.clone(),
        account: repository.registry.account.clone(),
        region: repository.registry.region.clone(),
        repository: repository.name.clone(),
        outcome: AttemptOutcome::Planned { plan_digest, refers_elsewhere },
    };
    run.write_unsynced(&keys::attempt(&run.id, stage, repository), &document).await
}

/// Why a step stopped: its own error, or what is reported of one that could not say it itself.
pub(crate) struct Cause {
    pub(crate) error: Reported,
    pub(crate) message: Box<str>,
}

impl From<&StepError> for Cause {
    fn from(error: &StepError) -> Self {
        Self { error: error.name().into(), message: error.in_full().into() }
    }
}

impl From<&Caught> for Cause {
    fn from(caught: &Caught) -> Self {
        Self { error: caught.error.clone(), message: caught.message() }
    }
}

/// What stopped a step for one repository, and none of the others.
pub(crate) fn failure(
    run: &Run,
    repository: &RepositoryId,
    step: StepName,
    cause: impl Into<Cause>,
) -> RepositoryFailure {
    let Cause { error, message } = cause.into();
    RepositoryFailure {
        schema_version: V1,
        run: run.id.clone(),
        account: repository.registry.account.clone(),
        region: repository.registry.region.clone(),
        repository: repository.name.clone(),
        step,
        failed_at: run.now(),
        error,
        message,
    }
}

/// Stores that the last attempt at a repository is one that stopped.
///
/// Where the run store does not take that, the repository has no attempt, which counts as failed; an
/// earlier plan of it must not be taken for the last one, so then it stops the run. Says whether it is stored.
pub(crate) async fn record_failure(
    run: &Run,
    repository: &RepositoryId,
    step: StepName,
    cause: impl Into<Cause>,
) -> Result<bool, StepError> {
    let document = failure(run, repository, step, cause).into();
    let key = keys::attempt(&run.id, step.stage(), repository);
    match run.write_unsynced(&key, &document).await {
        Err(error) if error.is_of_a_document() => {
            let is_left_out = step == StepName::Delete
                || matches!(attempt(run, step.stage(), repository).await, Ok(it) if !it.has_plan());
            if !is_left_out {
                return Err(error);
            }
            tracing::warn!(run = %run.id, %repository, %step, %error, "cannot store what stopped a step");
            Ok(false)
        }
        written => written.map(|()| true),
    }
}

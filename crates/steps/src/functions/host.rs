//! What a function's process holds from one call to the next.

use std::sync::{Arc, Mutex, PoisonError};

use ecr_sweep_aws::sources::Sources;
use ecr_sweep_protocol::ErrorName;
use ecr_sweep_protocol::documents::{FencingToken, RunId, Stage};
use ecr_sweep_protocol::functions::Caught;
use futures::try_join;

use crate::run::stop::check_not_stopped;
use crate::{Environment, HeldLock, Run, SharedEvidence, StepError};

/// What a function's process holds from one call to the next. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    /// What it works with, until the call has to stop.
    pub environment: Environment,
    /// The evidence that was read last: calls of one run share it.
    pub evidence: Arc<Mutex<Option<Arc<SharedEvidence>>>>,
}

impl Host {
    /// The same, scanning these sources.
    #[must_use]
    pub fn scanning(&self, sources: Sources) -> Self {
        let mut host = self.clone();
        host.environment.sources = sources;
        host
    }

    /// The same, deleting in other accounts as this role.
    pub(super) fn deleting_as(&self, role: &str) -> Self {
        let mut host = self.clone();
        host.environment.sessions = host.environment.sessions.deleting_as(role);
        host
    }

    /// The evidence of a run, read at most once by this process.
    pub(super) async fn evidence(
        &self,
        run: &Run,
        stage: Stage,
    ) -> Result<Arc<SharedEvidence>, StepError> {
        let before = self.evidence.lock().unwrap_or_else(PoisonError::into_inner).take();
        let evidence = SharedEvidence::read_again(run, stage, before).await?;
        *self.evidence.lock().unwrap_or_else(PoisonError::into_inner) = Some(evidence.clone());
        Ok(evidence)
    }

    /// Whether what a call failed with is the wish that its run stops: then its repository has not failed.
    pub(super) async fn is_stop(&self, run: &Run, error: &Caught) -> Result<bool, StepError> {
        if error.error != ErrorName::Rejected {
            return Ok(false);
        }
        match check_not_stopped(run, &run.id).await {
            Ok(()) => Ok(false),
            Err(StepError::Stopped { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Opens a run. A lock that is held is kept alive.
    pub(super) async fn open(
        &self,
        run: &RunId,
        token: Option<FencingToken>,
    ) -> Result<Run, StepError> {
        // To open a run is to read: whoever has lost the lock finds that out before doing anything.
        let kept_alive = async {
            match token {
                Some(token) => HeldLock::resume(run.clone(), token).renew(&self.environment).await,
                None => Ok(()),
            }
        };
        let ((), run) = try_join!(kept_alive, Run::open(&self.environment, run))?;
        Ok(run)
    }
}

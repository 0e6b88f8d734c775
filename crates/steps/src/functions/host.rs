//! What a function's process holds from one call to the next.

use std::sync::{Arc, Mutex, PoisonError};

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_aws::{Deadline, Sessions};
use ecr_sweep_protocol::documents::{FencingToken, RunId, Stage};

use crate::{Clock, Context, HeldLock, RunInputs, SharedEvidence, StepError, Unwatched};

/// What a function's process holds from one call to the next. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    /// The clients.
    pub sessions: Sessions,
    /// Where documents are.
    pub store: Arc<dyn RunStore>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// When the call has to stop.
    pub deadline: Deadline,
    /// The evidence that was read last: calls of one run share it.
    pub evidence: Arc<Mutex<Option<Arc<SharedEvidence>>>>,
}

impl Host {
    /// What the steps of a run are given.
    pub(super) fn context(&self, run: &RunId) -> Context {
        Context {
            sessions: self.sessions.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            run: run.clone(),
            progress: Arc::new(Unwatched),
            deadline: self.deadline,
        }
    }

    /// The evidence of a run, read at most once by this process.
    pub(super) async fn evidence(
        &self,
        ctx: &Context,
        inputs: &RunInputs,
        stage: Stage,
    ) -> Result<Arc<SharedEvidence>, StepError> {
        let before = self.evidence.lock().unwrap_or_else(PoisonError::into_inner).take();
        let evidence = SharedEvidence::read_again(ctx, inputs, stage, before).await?;
        *self.evidence.lock().unwrap_or_else(PoisonError::into_inner) = Some(evidence.clone());
        Ok(evidence)
    }

    /// What the steps of a run are given, with what it rests on. A lock that is held is kept alive.
    pub(super) async fn open(
        &self,
        run: &RunId,
        token: Option<FencingToken>,
    ) -> Result<(Context, Arc<RunInputs>), StepError> {
        let ctx = self.context(run);
        if let Some(token) = token {
            HeldLock::resume(token).renew(&ctx).await?;
        }
        let inputs = Arc::new(RunInputs::read(&ctx).await?);
        Ok((ctx, inputs))
    }
}

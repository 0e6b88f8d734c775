//! What a function's process holds from one call to the next.

use std::sync::Arc;

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_aws::{Deadline, Sessions};
use ecr_sweep_protocol::documents::RunId;

use crate::{Clock, Context, HeldLock, RunInputs, StepError, Unwatched};

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

    /// The same, with what the run rests on. A lock that is held is kept alive.
    pub(super) async fn open(
        &self,
        run: &RunId,
        token: Option<u64>,
    ) -> Result<(Context, Arc<RunInputs>), StepError> {
        let ctx = self.context(run);
        if let Some(token) = token {
            HeldLock::of(token).renew(&ctx).await?;
        }
        let inputs = Arc::new(RunInputs::read(&ctx).await?);
        Ok((ctx, inputs))
    }
}

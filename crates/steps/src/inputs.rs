//! What a run rests on: its request, and its policy word for word.

use ecr_sweep_core::Policy;
use ecr_sweep_policy::{self as policy, Use};
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{RunRequest, keys, sha256};

use crate::{Context, StepError};

/// What was asked for, and the policy that decides.
#[derive(Debug, Clone)]
pub struct RunInputs {
    /// What was asked for.
    pub request: RunRequest,
    /// The policy.
    pub policy: Policy,
}

impl RunInputs {
    /// Reads the request, and the policy that it was made with.
    ///
    /// A policy that is not the one of the request is refused: what was planned by one policy is
    /// not deleted by another.
    pub async fn read(ctx: &Context) -> Result<Self, StepError> {
        let request = ctx.read(&keys::request(&ctx.run)).await?;
        let key = keys::policy(&ctx.run);
        let stored = ctx.store.get(&key).await?.ok_or_else(|| ctx.missing(&key))?;
        let address = ctx.store.address(&key);
        if sha256(&stored.bytes) != request.policy_digest {
            return Err(StepError::Conflict {
                problem: format!("{address} is not the policy that the run started with"),
                next: NextStep::PlanAgain,
            });
        }
        let text = String::from_utf8_lossy(&stored.bytes);
        let policy = policy::read(&address, &text, Use::Live)?.policy;
        Ok(Self { request, policy })
    }
}

//! The role that reads in other accounts.

use ecr_sweep_core::policy::WithoutRole;
use ecr_sweep_protocol::NextStep;

use super::environment::Reading;
use crate::StepError;

/// Refuses other accounts where the policy names no role to read them.
pub(crate) fn check_role(reading: &Reading) -> Result<(), StepError> {
    let own = &reading.sessions.home().account;
    let Some(WithoutRole { setting, who }) = reading.policy.scope.without_role(own) else {
        return Ok(());
    };
    Err(StepError::InvalidRequest {
        problem: format!(
            "the policy's `{setting}` names {who}, the caller is in account {own}, and no role is named to read elsewhere"
        ),
        next: NextStep::NameRole,
    })
}

//! The role that reads in other accounts.

use ecr_sweep_core::Account;
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

/// The role, or else the user, that reads in an account.
pub(crate) fn reader_arn(reading: &Reading, account: &Account) -> String {
    let home = &reading.sessions.home().account;
    let caller = reading.sessions.caller_arn();
    let partition = caller.split(':').nth(1).unwrap_or("aws");
    match &reading.policy.scope.role {
        Some(role) if account != home => format!("arn:{partition}:iam::{account}:role/{role}"),
        _ => match caller.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
            Some((role, _)) => format!("arn:{partition}:iam::{account}:role/{role}"),
            None => caller.to_owned(),
        },
    }
}

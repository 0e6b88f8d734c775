//! The role that reads in other accounts.

use ecr_sweep_core::Account;
use ecr_sweep_core::policy::Consumers;
use ecr_sweep_protocol::NextStep;

use super::environment::Reading;
use crate::StepError;

/// Refuses other accounts where the policy names no role to read them.
pub(crate) fn check_role(reading: &Reading) -> Result<(), StepError> {
    if reading.policy.scope.role.is_some() {
        return Ok(());
    }
    let own = &reading.sessions.home().account;
    let in_words = |account: &Account| format!("account {account}");
    let swept = reading.policy.scope.registries.accounts.iter().find(|account| *account != own);
    let consumer = match &reading.policy.scope.consumers {
        Consumers::Organization => Some("the organization".to_owned()),
        Consumers::Accounts { accounts, .. } => {
            let mut looked_at =
                accounts.iter().filter(|account| !reading.policy.scope.is_off(account));
            looked_at.find(|account| *account != own).map(in_words)
        }
    };
    let (setting, who) = match (swept.map(in_words), consumer) {
        (Some(who), _) => ("scope.registries.accounts", who),
        (None, Some(who)) => ("scope.consumers", who),
        (None, None) => return Ok(()),
    };
    Err(StepError::InvalidRequest {
        problem: format!(
            "the policy's `{setting}` names {who}, the caller is in account {own}, and no role is named to read elsewhere"
        ),
        next: NextStep::NameRole,
    })
}

//! The role that reads in other accounts.

use ecr_sweep_core::{Account, UnitId};
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
    let registries = &reading.policy.scope.registries;
    let of_unit = |unit: &UnitId| format!("organizational unit {unit}");
    let of_the_organization = if registries.organization {
        Some("the organization".to_owned())
    } else {
        registries.units.first().map(of_unit)
    };
    let swept = registries.accounts.iter().find(|account| *account != own).map(in_words);
    let swept = of_the_organization.or(swept);
    let consumers = &reading.policy.scope.consumers;
    let consumer = if consumers.are_the_organization() {
        Some("the organization".to_owned())
    } else {
        let is_off = |account: &Account| reading.policy.scope.is_off(account);
        let mut looked_at = consumers.accounts().iter().filter(|account| !is_off(account));
        let named = looked_at.find(|account| *account != own).map(in_words);
        named.or_else(|| consumers.units().next().map(of_unit))
    };
    let (setting, who) = match (swept, consumer) {
        (Some(who), _) if registries.asks_the_organization() => ("scope.registries", who),
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

//! Where usage is looked for: every account and Region that may pull.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::Consumers;
use ecr_sweep_core::{Account, CoverageDefault, Place, Policy, Region};
use ecr_sweep_protocol::documents::{Scopes, V1};

use crate::{Context, StepError};

/// Refuses what this version cannot look at: accounts other than the caller's own.
pub(super) fn check(ctx: &Context, policy: &Policy) -> Result<(), StepError> {
    let own = &ctx.sessions.home().account;
    let foreign =
        |accounts: &BTreeSet<Account>| accounts.iter().find(|account| *account != own).cloned();
    let refuse = |setting: &str, who: &str| StepError::InvalidRequest {
        problem: format!(
            "the policy's `{setting}` names {who}, and the caller is in account {own}: other accounts are not built yet"
        ),
        next: format!("take it out of `{setting}`, or run with credentials of that account"),
    };
    if let Some(account) = foreign(&policy.scope.registries.accounts) {
        return Err(refuse("scope.registries.accounts", &format!("account {account}")));
    }
    match &policy.scope.consumers {
        Consumers::Organization => Err(refuse("scope.consumers", "the organization")),
        Consumers::Accounts { accounts, .. } => match foreign(accounts) {
            Some(account) => Err(refuse("scope.consumers", &format!("account {account}"))),
            None => Ok(()),
        },
    }
}

/// The caller's account in the Regions that the policy names, or else in all that it has enabled.
///
/// If these cannot be listed, everything that is not scanned counts as failed, and says why.
pub(crate) async fn find(ctx: &Context, policy: &Policy) -> Scopes {
    let home = ctx.sessions.home();
    let named: Option<&BTreeSet<Region>> = match &policy.scope.consumers {
        Consumers::Accounts { regions, .. } if !regions.is_empty() => Some(regions),
        _ => None,
    };
    let mut scopes = Scopes {
        schema_version: V1,
        run: ctx.run.clone(),
        default: CoverageDefault::Complete,
        reason: None,
        scopes: Vec::new(),
    };
    let regions: Vec<Region> = match named {
        Some(regions) => regions.iter().cloned().collect(),
        None => match ctx.sessions.enabled_regions(&home.account).await {
            Ok(regions) => regions,
            Err(error) => {
                scopes.default = CoverageDefault::Failed;
                scopes.reason = Some(StepError::from(error).in_full().into());
                vec![home.region.clone()]
            }
        },
    };
    scopes.scopes =
        regions.into_iter().map(|region| Place { account: home.account.clone(), region }).collect();
    scopes
}

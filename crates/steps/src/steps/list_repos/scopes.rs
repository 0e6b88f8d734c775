//! Where usage is looked for: every account and Region that may pull.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::{AwsError, Member, Organization};
use ecr_sweep_core::wording::{First, with_causes};
use ecr_sweep_core::{Account, CoverageDefault, Region, Remedy, ScanPlace, UnitId};
use futures::{StreamExt, stream};

use crate::Reading;
use crate::steps::remedies::Circumstances;

/// The state of an account that can be used.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html>
pub(crate) const ACTIVE: &str = "ACTIVE";

/// How many of the reasons are told for which places could not be listed.
const TOLD: usize = 5;

/// Where usage is looked for, whatever run it is for.
pub(crate) struct FoundScopes {
    /// What holds for places that are not scanned.
    pub(crate) default: CoverageDefault,
    /// Why they count as failed.
    pub(crate) reason: Option<Box<str>>,
    /// What can be done about it.
    pub(crate) remedies: Vec<Remedy>,
    /// The organization's id, if all its accounts are among the places or off.
    pub(crate) organization: Option<Box<str>>,
    /// The places, sorted.
    pub(crate) scopes: Vec<ScanPlace>,
}

/// Every account that may pull, in the Regions that the policy names, or else in all that the
/// account has enabled. The caller's own account and those of the registries always may.
///
/// If any of these cannot be listed, everything that is not scanned counts as failed, and says
/// why. What is known of the account is scanned all the same: it is named where the scan fails.
pub(crate) async fn find(reading: &Reading) -> FoundScopes {
    let home = reading.sessions.home();
    let circumstances = Circumstances { home };
    let mut failures: Vec<String> = Vec::new();
    let mut remedies = BTreeSet::new();
    let mut organization = None;
    let mut states: BTreeMap<Account, Box<str>> = BTreeMap::new();
    let mut accounts = reading.policy.scope.registries.accounts.clone();
    let consumers = &reading.policy.scope.consumers;
    accounts.extend(consumers.accounts().iter().cloned());
    let named_regions = consumers.regions();
    let registries = &reading.policy.scope.registries;
    if consumers.are_the_organization() || registries.organization {
        match reading.sessions.organization().await {
            Ok(Organization { id, members }) => {
                let is_member =
                    |account: &Account| members.iter().any(|member| member.account == *account);
                // What a registry outside it calls its own organization is another one.
                organization = Some(id)
                    .filter(|_| consumers.are_the_organization())
                    .filter(|_| registries.accounts.iter().all(is_member));
                for member in members {
                    // What is in the account of a registry can always pull.
                    if consumers.are_the_organization() || is_active(&member) {
                        states.extend(member.state.map(|state| (member.account.clone(), state)));
                        accounts.insert(member.account);
                    }
                }
            }
            Err(error) => {
                failures.push(with_causes(&error));
                remedies.extend(error.remedy());
            }
        }
    }
    if !consumers.are_the_organization() {
        let of_consumers: BTreeSet<UnitId> = consumers.units().cloned().collect();
        for (units, are_swept) in [(&registries.units, true), (&of_consumers, false)] {
            if units.is_empty() {
                continue;
            }
            match reading.sessions.members_of(units).await {
                Ok(members) => {
                    // As above.
                    for member in members.into_iter().filter(|it| !are_swept || is_active(it)) {
                        states.extend(member.state.map(|state| (member.account.clone(), state)));
                        accounts.insert(member.account);
                    }
                }
                Err(error) => {
                    failures.push(with_causes(&error));
                    remedies.extend(error.remedy());
                }
            }
        }
    }
    accounts.retain(|account| !reading.policy.scope.is_off(account));
    accounts.insert(home.account.clone());

    let listed: Vec<(Account, Result<BTreeSet<Region>, AwsError>)> = stream::iter(accounts)
        .map(async |account| {
            if !named_regions.is_empty() {
                return (account, Ok(named_regions.clone()));
            }
            let regions = reading.sessions.enabled_regions(&account).await;
            (account, regions.map(BTreeSet::from_iter))
        })
        .buffered(reading.sessions.concurrency())
        .collect()
        .await;
    let mut scopes = Vec::new();
    for (account, regions) in listed {
        let regions = regions.unwrap_or_else(|error| {
            let state = states.get(&account).map(|state| &**state).filter(|it| *it != ACTIVE);
            failures.push(with_state(state, &account, &error));
            remedies.extend(circumstances.about_listing(&account, state.is_none(), &error));
            [home.region.clone()].into()
        });
        let account = &account;
        scopes.extend(regions.into_iter().map(|region| ScanPlace {
            account: account.clone(),
            region,
            cluster: None,
        }));
    }
    FoundScopes {
        default: if failures.is_empty() {
            CoverageDefault::Complete
        } else {
            CoverageDefault::Failed
        },
        reason: in_words(&failures),
        remedies: remedies.into_iter().collect(),
        organization,
        scopes,
    }
}

/// Whether an account can be used, as far as is told.
pub(crate) fn is_active(member: &Member) -> bool {
    member.state.as_deref().is_none_or(|state| state == ACTIVE)
}

/// Why the Regions of an account are not known: that it is no active one may be all there is to
/// it.
fn with_state(state: Option<&str>, account: &Account, error: &AwsError) -> String {
    match state {
        Some(state) => format!("account {account} is {state}: {}", with_causes(error)),
        None => with_causes(error),
    }
}

fn in_words(failures: &[String]) -> Option<Box<str>> {
    (!failures.is_empty()).then(|| First::of(TOLD, failures).joined("; ").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_reasons_the_first_are_told_and_the_others_counted() {
        let reasons = |count: usize| vec!["denied".to_owned(); count];
        assert_eq!(in_words(&reasons(0)), None);
        assert_eq!(in_words(&reasons(2)).as_deref(), Some("denied; denied"));
        let told = in_words(&reasons(12)).unwrap();
        assert!(told.ends_with("; denied; and 7 more"), "{told}");
    }
}

//! The accounts: which there are, whether each can be entered, and its Regions.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sweep_aws::{AwsError, Member};
use ecr_sweep_core::{Account, Region, Remedy, ScanPlace, UnitId};
use ecr_sweep_protocol::doctor::{DoctorCode, DoctorPart};
use futures::{StreamExt, stream};

use super::Examined;
use super::findings::Findings;
use super::fixes::{allow, reader_in};
use crate::run::role::check_role;
use crate::steps::list_repos::ACTIVE;
use crate::{Reading, StepError};

/// What can be looked at further.
pub(super) struct Entered {
    /// The places whose usage a run scans.
    pub(super) scopes: Vec<ScanPlace>,
    /// Every account that a run looks at.
    pub(super) accounts: BTreeSet<Account>,
    /// Those of them that cannot be entered.
    pub(super) closed: BTreeSet<Account>,
    /// The organization's id, if all its accounts are looked at, or off.
    pub(super) organization: Option<Box<str>>,
}

/// Looks at every account of the policy's scope.
pub(super) async fn examine(reading: &Reading) -> (Examined, Entered) {
    let mut findings = Findings::default();
    let home = reading.sessions.home();
    let (accounts, organization) = find(reading, &mut findings).await;
    let closed = without_a_role(reading, &accounts, &mut findings);
    let looked_at = accounts.len() as u64;
    let open: Vec<Account> = accounts.difference(&closed).cloned().collect();
    let mut entered = Entered { scopes: Vec::new(), accounts, closed, organization };
    let named = reading.policy.scope.consumers.regions().clone();
    let listed: BTreeMap<Account, Result<Vec<Region>, AwsError>> = stream::iter(open)
        .map(async |account| {
            let regions = reading.sessions.enabled_regions(&account).await;
            (account, regions)
        })
        .buffered(reading.sessions.concurrency())
        .collect()
        .await;
    for (account, regions) in listed {
        let regions = match regions {
            Ok(enabled) => {
                let enabled = BTreeSet::from_iter(enabled);
                check_regions(reading, &account, &named, &enabled, &mut findings);
                if named.is_empty() { enabled } else { &named & &enabled }
            }
            Err(error) if error.operation == "AssumeRole" => {
                add_closed(reading, &account, &error, &mut findings);
                entered.closed.insert(account);
                continue;
            }
            Err(error) if named.is_empty() => {
                add_unlisted(reading, &account, &error, &mut findings);
                [home.region.clone()].into()
            }
            Err(error) => {
                let reader = reader_in(reading, &account);
                let what = "whether the account has enabled the Regions that the policy names";
                findings.add_not_checked(&reader, &account, what, &error);
                named.clone()
            }
        };
        let account = &account;
        entered.scopes.extend(regions.into_iter().map(|region| ScanPlace {
            account: account.clone(),
            region,
            cluster: None,
        }));
    }
    (Examined::new(DoctorPart::Accounts, looked_at, findings), entered)
}

/// Every account that a run looks at; of the organization those that can be listed.
async fn find(reading: &Reading, findings: &mut Findings) -> (BTreeSet<Account>, Option<Box<str>>) {
    let scope = &reading.policy.scope;
    let mut accounts = scope.registries.accounts.clone();
    let mut id = None;
    // One may be in the organization, and in a unit that is named.
    let mut members: BTreeMap<Account, Member> = BTreeMap::new();
    let by_account = |member: Member| (member.account.clone(), member);
    accounts.extend(scope.consumers.accounts().iter().cloned());
    let is_consumer = scope.consumers.are_the_organization();
    if is_consumer || scope.registries.organization {
        match reading.sessions.organization().await {
            Ok(organization) => {
                id = Some(organization.id).filter(|_| is_consumer);
                members.extend(organization.members.into_iter().map(by_account));
            }
            Err(error) => add_not_listed(reading, &error, findings),
        }
    }
    if !is_consumer {
        let units: [BTreeSet<UnitId>; 2] =
            [scope.registries.units.clone(), scope.consumers.units().cloned().collect()];
        for units in units.iter().filter(|units| !units.is_empty()) {
            match reading.sessions.members_of(units).await {
                Ok(in_units) => members.extend(in_units.into_iter().map(by_account)),
                Err(error) => add_not_listed(reading, &error, findings),
            }
        }
    }
    for member in members.values() {
        tell_unless_active(reading, member, findings);
    }
    accounts.extend(members.into_keys());
    accounts.retain(|account| !scope.is_off(account));
    accounts.insert(reading.sessions.home().account.clone());
    (accounts, id)
}

/// That an account of the organization is not active may be in the way.
fn tell_unless_active(reading: &Reading, member: &Member, findings: &mut Findings) {
    let Member { account, state } = member;
    let state = state.as_deref().filter(|state| *state != ACTIVE);
    if let Some(state) = state.filter(|_| !reading.policy.scope.is_off(account)) {
        let problem = format!("the account is {state}");
        let off = Remedy::SwitchOffAccount { account: account.clone() };
        findings.add(DoctorCode::AccountNotActive, account, problem, off.to_string());
    }
}

fn add_not_listed(reading: &Reading, error: &AwsError, findings: &mut Findings) {
    let fix = match error.remedy() {
        Some(remedy) => remedy.to_string(),
        None => "name the accounts in the policy's `scope.consumers.accounts`".into(),
    };
    let home = &reading.sessions.home().account;
    findings.add(DoctorCode::OrganizationNotListed, home, error.to_string(), fix);
}

/// The accounts that nobody can enter, because no role is named.
fn without_a_role(
    reading: &Reading,
    accounts: &BTreeSet<Account>,
    findings: &mut Findings,
) -> BTreeSet<Account> {
    let Err(StepError::InvalidRequest { problem, next }) = check_role(reading) else {
        return BTreeSet::new();
    };
    let home = &reading.sessions.home().account;
    let others: BTreeSet<Account> = accounts.iter().filter(|it| *it != home).cloned().collect();
    if others.is_empty() {
        findings.add(DoctorCode::NoRole, home, &*problem, next.to_string());
    }
    for account in &others {
        findings.add(DoctorCode::NoRole, account, &*problem, next.to_string());
    }
    others
}

/// The Regions that the policy names have to be there.
fn check_regions(
    reading: &Reading,
    account: &Account,
    named: &BTreeSet<Region>,
    enabled: &BTreeSet<Region>,
    findings: &mut Findings,
) {
    let swept = reading.policy.scope.registries.places(reading.sessions.home());
    let swept = swept.into_iter().filter(|place| place.account == *account);
    let swept: BTreeSet<Region> = swept.map(|place| place.region).collect();
    for region in named.union(&swept).filter(|region| !enabled.contains(*region)) {
        let problem = format!("the account has not enabled {region}, which the policy names");
        let fix = format!(
            "enable it (`aws account enable-region --region-name {region}`), or take {region} out of the policy's `scope`"
        );
        findings.add(DoctorCode::RegionDisabled, account, problem, fix);
    }
}

fn add_closed(reading: &Reading, account: &Account, error: &AwsError, findings: &mut Findings) {
    let role = reading.policy.scope.role.as_deref().unwrap_or_default();
    let code = match error.remedy() {
        Some(Remedy::EnableRegion { .. }) => DoctorCode::RegionDisabled,
        _ => DoctorCode::RoleNotAssumable,
    };
    let problem = format!("the role `{role}` cannot be assumed");
    let fix = match error.remedy() {
        Some(Remedy::AllowRole { .. }) => format!(
            "make the role `{role}` in the account, let its trust policy name `{}`, and allow that one sts:AssumeRole on it; or, where nothing there uses images, name the account in a row of the policy's `scope.off`",
            reading.sessions.caller_arn()
        ),
        Some(remedy) => remedy.to_string(),
        None => error.to_string(),
    };
    findings.add(code, account, problem, fix);
}

fn add_unlisted(reading: &Reading, account: &Account, error: &AwsError, findings: &mut Findings) {
    let reader = reader_in(reading, account);
    let action = "account:ListRegions";
    let (problem, fix) = match error.remedy() {
        Some(Remedy::Allow { .. }) => {
            (format!("`{action}` is denied"), allow(&reader, &[action], "*"))
        }
        Some(remedy) => (error.to_string(), remedy.to_string()),
        None => (error.to_string(), "mend what the message names, then look again".to_owned()),
    };
    findings.add(DoctorCode::RegionsNotListed, account, problem, fix);
}

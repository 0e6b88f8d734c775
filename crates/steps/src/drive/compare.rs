//! One scan for two policies, and what each of them would have seen alone.

use std::collections::BTreeSet;

use ecr_sweep_core::policy::{Consumers, RegistryScope, Scope, UsageSettings};
use ecr_sweep_core::{Account, Place, Policy};
use ecr_sweep_protocol::Snapshot;

use crate::steps::list_repos::is_active;
use crate::{Environment, RecordRequest, StepError, record};

/// What two policies decide over, of one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedForTwo {
    /// All that was seen.
    pub all: Snapshot,
    /// What of it the first policy would have seen alone.
    pub before: Snapshot,
    /// The same of the second.
    pub after: Snapshot,
}

/// Records all that either of two policies has to see, once, so that what changes between them is
/// theirs.
pub async fn record_for_two(
    environment: &Environment,
    before: &Policy,
    after: &Policy,
) -> Result<RecordedForTwo, StepError> {
    let before = &with_members(environment, before).await?;
    let after = &with_members(environment, after).await?;
    let policy = either(before, after, environment.sessions.home());
    let all = record(environment, RecordRequest { policy, ..RecordRequest::default() }).await?;
    let [before, after] = [before, after].map(|policy| one(policy, all.clone()));
    Ok(RecordedForTwo { all, before, after })
}

/// The same policy with the accounts of its units named: what was seen tells of no units.
async fn with_members(environment: &Environment, policy: &Policy) -> Result<Policy, StepError> {
    let mut policy = policy.clone();
    let Scope { registries, consumers, .. } = &mut policy.scope;
    if !registries.units.is_empty() {
        let members = environment.sessions.members_of(&registries.units).await?;
        let active = members.into_iter().filter(is_active).map(|member| member.account);
        registries.accounts.extend(active.filter(|account| !registries.except.contains(account)));
    }
    if let Consumers::Accounts { accounts, units, .. } = consumers
        && !units.is_empty()
    {
        let members = environment.sessions.members_of(units).await?;
        accounts.extend(members.into_iter().map(|member| member.account));
    }
    Ok(policy)
}

/// A policy under which a scan sees all that either of two would.
fn either(before: &Policy, after: &Policy, home: &Place) -> Policy {
    let (one, other) = (&before.scope, &after.scope);
    let registries = RegistryScope {
        organization: one.registries.organization || other.registries.organization,
        units: &one.registries.units | &other.registries.units,
        except: &one.registries.except & &other.registries.except,
        accounts: named_by(&one.registries, home)
            .union(&named_by(&other.registries, home))
            .cloned()
            .collect(),
        regions: union_or(&one.registries.regions, &other.registries.regions, &home.region),
    };
    let (ours, theirs) = (&one.consumers, &other.consumers);
    let accounts = ours.accounts() | theirs.accounts();
    // None named are all that there are.
    let is_all = ours.regions().is_empty() || theirs.regions().is_empty();
    let regions = if is_all { BTreeSet::new() } else { ours.regions() | theirs.regions() };
    let consumers = if ours.are_the_organization() || theirs.are_the_organization() {
        Consumers::Organization { accounts, regions }
    } else {
        let units = ours.units().chain(theirs.units()).cloned().collect();
        Consumers::Accounts { accounts, units, regions }
    };
    // What only one turns off, the other has to see.
    let off = one.off.iter().filter(|off| other.off.contains(off)).cloned().collect();
    let scope = Scope { registries, consumers, role: one.role.clone().or(other.role.clone()), off };
    let revisions = before.usage.task_definition_revisions;
    let usage = UsageSettings {
        task_definition_revisions: revisions
            .zip(after.usage.task_definition_revisions)
            .map(|(one, other)| one.max(other)),
        files: [&before.usage.files[..], &after.usage.files].concat(),
        aliases: before
            .usage
            .aliases
            .clone()
            .into_iter()
            .chain(after.usage.aliases.clone())
            .collect(),
    };
    let repositories = [&before.repositories[..], &after.repositories].concat();
    Policy { scope, usage, repositories, ..Policy::default() }
}

/// What a scan under one policy would have seen of it.
fn one(policy: &Policy, mut seen: Snapshot) -> Snapshot {
    let scope = &policy.scope;
    let home = seen.home.clone();
    let (consumers, regions) = (&scope.consumers, scope.consumers.regions());
    let is_consumer = |place: &Place| {
        let is_looked_at = consumers.are_the_organization()
            || place.account == home.account
            || scope.registries.accounts.contains(&place.account)
            || consumers.accounts().contains(&place.account);
        is_looked_at && (regions.is_empty() || regions.contains(&place.region))
    };
    seen.registries.retain(|registry| {
        let RegistryScope { organization, except, regions, .. } = &scope.registries;
        let is_member = *organization && !except.contains(&registry.account);
        (is_member || named_by(&scope.registries, &home).contains(&registry.account))
            && is_in(regions, &registry.region, &home.region)
    });
    seen.usage.retain(|usage| {
        let place = usage.place();
        is_consumer(&place) && scope.off_reason(&usage.seen_in(), usage.kind.source()).is_none()
    });
    seen.coverage.except.retain(|row| is_consumer(&row.place()));
    seen
}

/// The accounts that are named: without the organization and units, none are the caller's own.
fn named_by(registries: &RegistryScope, home: &Place) -> BTreeSet<Account> {
    let mut accounts = registries.accounts.clone();
    if accounts.is_empty() && !registries.asks_the_organization() {
        accounts.insert(home.account.clone());
    }
    accounts
}

/// Whether an item is in a set, of which an empty one stands for one's own alone.
fn is_in<T: Ord>(set: &BTreeSet<T>, item: &T, own: &T) -> bool {
    if set.is_empty() { item == own } else { set.contains(item) }
}

/// Both sets, of which an empty one stands for one's own alone.
fn union_or<T: Ord + Clone>(one: &BTreeSet<T>, other: &BTreeSet<T>, own: &T) -> BTreeSet<T> {
    let mut union = one | other;
    if !union.is_empty() && (one.is_empty() || other.is_empty()) {
        union.insert(own.clone());
    }
    union
}

#[cfg(test)]
mod tests {
    use ecr_sweep_core::Region;
    use ecr_sweep_policy::{Use, read};

    use super::*;

    fn policy(scope: &str) -> Policy {
        let text = format!(
            "schema_version: 1\nscope: {scope}\nrepositories: [{{ keep: {{ newest: 1 }} }}]\n"
        );
        read("policy.yaml", &text, Use::Offline).unwrap().policy
    }

    fn home() -> Place {
        Place { account: "111122223333".parse().unwrap(), region: "eu-west-1".parse().unwrap() }
    }

    #[test]
    fn what_one_policy_turns_off_is_seen_for_the_other() {
        let lambda = "{ source: lambda, reason: none }";
        let batch = "{ source: batch, reason: none }";
        let before = policy(&format!("{{ off: [{lambda}, {batch}] }}"));
        let after = policy(&format!("{{ off: [{batch}] }}"));
        let either = either(&before, &after, &home());
        assert_eq!(either.scope.off, after.scope.off);
    }

    #[test]
    fn a_region_that_only_one_policy_names_is_seen_with_ones_own() {
        let before = policy("{ registries: { regions: [us-east-1] } }");
        let after = policy("{}");
        let regions = either(&before, &after, &home()).scope.registries.regions;
        let regions: Vec<&str> = regions.iter().map(Region::as_str).collect();
        assert_eq!(regions, ["eu-west-1", "us-east-1"]);
    }

    #[test]
    fn each_policy_decides_over_what_it_would_have_seen() {
        let text = include_str!("../../../cli/tests/stories/small-organization.in/org.json");
        let seen: Snapshot =
            ecr_sweep_protocol::snapshot::read("org.json", text.as_bytes()).unwrap();
        let all = one(&policy("{}"), seen.clone());
        assert_eq!((all.usage.len(), all.registries.len()), (seen.usage.len(), 1));
        let elsewhere = one(&policy("{ registries: { regions: [us-east-1] } }"), seen.clone());
        assert_eq!(elsewhere.registries, []);
        let without = one(&policy("{ off: [{ source: ecs, reason: none }] }"), seen);
        assert!(without.usage.len() < all.usage.len());
    }
}

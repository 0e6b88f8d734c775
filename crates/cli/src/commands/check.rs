//! `ecr-sweep check`: what is wrong with a policy, or what it does, and what a first run would meet.

use std::path::Path;

use ecr_sweep_core::policy::WithoutRole;
use ecr_sweep_core::{
    Gap, OrganizationFacts, Policy, Registry, Repository, RepositoryId, Unread, Warning,
    unknown_owners, unmatched_off, unmatched_patterns, unmatched_rules,
};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::documents::V1;
use ecr_sweep_protocol::{CheckedPolicy, InTheWay, LookedAt};
use ecr_sweep_steps::{foresee, names_and_tags};

use super::live::Live;
use super::next_step;
use crate::args::{CheckArguments, Format};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render::policy::Checked;
use crate::{diagnostics, files, render};

/// Checks a policy as a live run would, and tells what it does.
pub fn run(arguments: &CheckArguments) -> Result<Ended, Failure> {
    let path = &arguments.policy;
    let policy = files::policy(path, Use::Live)?.0.policy;
    let name = path.display().to_string();
    let (checked, gaps) = match &arguments.snapshot {
        Some(snapshot) => in_snapshot(&name, &policy, snapshot)?,
        None if arguments.live => (in_account(&name, &policy, arguments)?, Vec::new()),
        None => (alone(&name, &policy), Vec::new()),
    };
    if arguments.form.format == Format::Json {
        render::json::write(&checked)?;
        return Ok(Ended::WELL);
    }
    let shown = render::plain::document(checked);
    render::print(&Checked { policy: &policy, found: &shown, gaps: &gaps })?;
    next_step::blank();
    next_step::if_unseen(&gaps);
    diagnostics::next(&next(arguments, &shown));
    Ok(Ended::WELL)
}

/// What follows from the policy alone.
fn alone(name: &str, policy: &Policy) -> CheckedPolicy {
    CheckedPolicy {
        schema_version: V1,
        policy: name.into(),
        rules: policy.repositories.len() as u64,
        looked_at: LookedAt::Nothing,
        unmatched: None,
        in_the_way: without_role(policy.scope.without_role_whoever_calls()).collect(),
        not_seen: None,
    }
}

fn without_role(without: Option<WithoutRole>) -> impl Iterator<Item = InTheWay> {
    without.map(|it| InTheWay::no_role(it.setting, &it.who)).into_iter()
}

/// What a plan of the snapshot meets: the decision is that of `plan --snapshot`.
fn in_snapshot(
    name: &str,
    policy: &Policy,
    path: &Path,
) -> Result<(CheckedPolicy, Vec<Gap>), Failure> {
    let snapshot = files::snapshot(path)?;
    let off = unmatched_off(policy, &snapshot.registries, &snapshot.usage, &snapshot.coverage);
    let unmatched = in_registries(policy, &snapshot.registries)
        .map(|unmatched| unmatched.into_iter().chain(off).collect());
    let planned = OrganizationFacts {
        home: &snapshot.home.account,
        registries: &snapshot.registries,
        cache_rules: &snapshot.cache_rules,
        usage: snapshot.usage,
        coverage: &snapshot.coverage,
        policy,
        now: snapshot.taken_at,
    }
    .plan();
    let mut in_the_way: Vec<InTheWay> =
        without_role(policy.scope.without_role(&snapshot.home.account)).collect();
    in_the_way.extend(InTheWay::of_plans(&planned.plans));
    let checked = CheckedPolicy {
        looked_at: LookedAt::Snapshot,
        unmatched,
        in_the_way,
        ..alone(name, policy)
    };
    Ok((checked.without_seeing(&planned.gaps), planned.gaps))
}

/// What the doctor finds of that on which a plan rests.
fn in_account(
    name: &str,
    policy: &Policy,
    arguments: &CheckArguments,
) -> Result<CheckedPolicy, Failure> {
    let live = Live::connect(&arguments.account)?;
    let without = policy.scope.without_role(&live.environment.sessions.home().account);
    // Nobody can tell what is in accounts that nobody can enter.
    let unmatched = if without.is_some() {
        None
    } else {
        let registries = live.run(names_and_tags(&live.environment, policy.clone()))?;
        in_registries(policy, &registries)
    };
    let findings = live.run(foresee(&live.environment, policy.clone()))?;
    Ok(CheckedPolicy {
        looked_at: LookedAt::Account,
        unmatched,
        in_the_way: findings.into_iter().map(InTheWay::from).collect(),
        ..alone(name, policy)
    })
}

/// None where a registry could not be listed: nobody can tell what is not there.
fn in_registries(policy: &Policy, registries: &[Registry]) -> Option<Vec<Warning>> {
    let mut unread = registries.iter().filter_map(|registry| registry.unread.as_ref());
    if unread.any(Unread::is_unlisted) {
        return None;
    }
    let repositories = registries.iter().flat_map(|registry| &registry.repositories);
    let mut unmatched =
        unmatched_patterns(policy, repositories.map(|repository| &*repository.name));
    unmatched.extend(unmatched_rules(policy, registries));
    let taken = registries.iter().flat_map(|registry| {
        let place = registry.place();
        let is_taken = |it: &&Repository| policy.rule_for(&it.name, &it.tags).is_some();
        let named = move |it: &'_ Repository| RepositoryId::new(&place, &it.name).to_string();
        registry.repositories.iter().filter(is_taken).map(move |it| (named(it), &it.tags))
    });
    unmatched.extend(unknown_owners(policy, taken));
    Some(unmatched)
}

/// The command that tells more.
fn next(arguments: &CheckArguments, checked: &CheckedPolicy) -> String {
    let name = &checked.policy;
    match (checked.looked_at, &arguments.snapshot) {
        (LookedAt::Snapshot, Some(snapshot)) => format!(
            "`ecr-sweep plan --policy {name} --snapshot {}` shows what would go there",
            snapshot.display()
        ),
        (LookedAt::Account, _) if checked.in_the_way.is_empty() => {
            format!("`ecr-sweep plan --policy {name}` shows what would go")
        }
        (LookedAt::Account, _) => {
            format!("`ecr-sweep doctor --policy {name}` tells the rest that a run needs, and why")
        }
        _ => format!(
            "`ecr-sweep check {name} --live` tells which patterns match nothing, and what a first run \
             would be blocked by; `ecr-sweep plan --policy {name}` what would go"
        ),
    }
}

//! `ecr-sweep check`: what is wrong with a policy, or what it does.

use std::path::Path;

use ecr_sweep_core::{
    Policy, Registry, Repository, RepositoryId, Unread, Warning, unknown_owners, unmatched_off,
    unmatched_patterns, unmatched_rules,
};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_steps::names_and_tags;

use super::live::Live;
use super::next_step;
use crate::args::CheckArguments;
use crate::failure::Failure;
use crate::render::policy::Checked;
use crate::{diagnostics, files, render};

/// Checks a policy as a live run would, and tells what it does.
pub fn run(arguments: &CheckArguments) -> Result<ExitCode, Failure> {
    let path = &arguments.policy;
    let policy = files::policy(path, Use::Live)?.0.policy;
    let unmatched = match &arguments.snapshot {
        Some(snapshot) => Some(in_snapshot(&policy, snapshot)?),
        None if arguments.live => Some(in_account(&policy, arguments)?),
        None => None,
    };
    let name = path.display().to_string();
    render::print(&Checked { name: &name, policy: &policy, unmatched: unmatched.as_deref() })?;
    if unmatched.is_none() {
        next_step::blank();
        diagnostics::next(&format!(
            "`ecr-sweep check {name} --live` tells which patterns match nothing; `ecr-sweep plan --policy {name}` what would go"
        ));
    }
    Ok(ExitCode::Done)
}

fn in_snapshot(policy: &Policy, path: &Path) -> Result<Vec<Warning>, Failure> {
    let snapshot = files::snapshot(path)?;
    let mut unmatched = in_registries(policy, &snapshot.registries);
    unmatched.extend(unmatched_off(
        policy,
        &snapshot.registries,
        &snapshot.usage,
        &snapshot.coverage,
    ));
    Ok(unmatched)
}

fn in_account(policy: &Policy, arguments: &CheckArguments) -> Result<Vec<Warning>, Failure> {
    let live = Live::connect(&arguments.account)?;
    let registries = live.run(names_and_tags(&live.environment, policy.clone()))?;
    Ok(in_registries(policy, &registries))
}

/// Nothing where a registry could not be listed: nobody can tell what is not there.
fn in_registries(policy: &Policy, registries: &[Registry]) -> Vec<Warning> {
    let mut unread = registries.iter().filter_map(|registry| registry.unread.as_ref());
    if unread.any(Unread::is_unlisted) {
        return Vec::new();
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
    unmatched
}

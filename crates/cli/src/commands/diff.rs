//! `ecr-sweep diff`: which verdicts change where one policy decides instead of another.

use std::path::Path;

use ecr_sweep_core::{OrganizationFacts, OrganizationPlan, Pattern, Registry};
use ecr_sweep_policy::{PolicyFile, Use};
use ecr_sweep_protocol::diff::Compared;
use ecr_sweep_protocol::{ExitCode, PolicyDiff, Snapshot};
use ecr_sweep_steps::{RecordedForTwo, record_for_two};
use jiff::Timestamp;

use super::live::Live;
use super::{ending, next_step, selection};
use crate::args::{DiffArguments, Format};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::render::diff::DiffView;
use crate::{diagnostics, files, render};

/// A policy, and the facts that it decides over.
struct Side<'a> {
    path: &'a Path,
    file: PolicyFile,
    facts: Snapshot,
}

/// Compares, offline or live, and shows what changes.
pub fn run(arguments: &DiffArguments) -> Result<Ended, Failure> {
    let [before, after] = &arguments.policy[..] else {
        let message =
            format!("`diff` compares two policies, and here are {}", arguments.policy.len());
        return Err(Failure::invalid(message)
            .next("name the one before, then the one after: `--policy OLD --policy NEW`"));
    };
    let use_of = if arguments.offline.snapshot.is_some() { Use::Offline } else { Use::Live };
    let files = [files::policy(before, use_of)?.0, files::policy(after, use_of)?.0];
    let (snapshot, facts) = facts(arguments, &files)?;
    let names = snapshot.registries.iter().flat_map(|registry| &registry.repositories);
    selection::check(&arguments.selection.repository, names.map(|repository| &*repository.name))?;
    let now = arguments.offline.now.unwrap_or(snapshot.taken_at);
    let [file_before, file_after] = files;
    let [facts_before, facts_after] = facts;
    let before = Side { path: before, file: file_before, facts: facts_before };
    let after = Side { path: after, file: file_after, facts: facts_after };
    let (plan_before, plan_after) = (
        before.plan(&arguments.selection.repository, now),
        after.plan(&arguments.selection.repository, now),
    );
    let registries = selected(snapshot.registries, &arguments.selection.repository);
    let diff = PolicyDiff::new(
        now,
        &registries,
        before.compared(&plan_before),
        after.compared(&plan_after),
    );
    match arguments.form.format {
        Format::Json => render::json::write(&diff)?,
        Format::Table => {
            let shown = render::plain::document(diff.clone());
            let view =
                DiffView { diff: &shown, gaps: &plan_after.gaps, details: arguments.details };
            render::print(&view)?;
            next(arguments, &diff);
        }
    }
    if diff.after.is_complete && diff.after.blocked == 0 {
        return Ok(Ended::WELL);
    }
    let why = format!(
        "by {}, {}",
        diff.after.name,
        ending::blocked_or_unseen(diff.after.blocked, diff.after.is_complete)
    );
    let next = format!("`ecr-sweep plan --policy {}` tells what is in the way", diff.after.name);
    Ok(Ended::short(ExitCode::Incomplete, why, Next::Unseen(&plan_after.gaps, next)))
}

/// Everything that was seen, and what of it each policy decides over.
fn facts(
    arguments: &DiffArguments,
    files: &[PolicyFile; 2],
) -> Result<(Snapshot, [Snapshot; 2]), Failure> {
    if let Some(path) = &arguments.offline.snapshot {
        let snapshot = files::snapshot(path)?;
        return Ok((snapshot.clone(), [snapshot.clone(), snapshot]));
    }
    let [before, after] = files;
    let live = Live::connect(&arguments.live)?;
    if before.policy.usage.task_definition_revisions != after.policy.usage.task_definition_revisions
    {
        diagnostics::note(
            "`usage.ecs.task_definition_revisions` differs: both policies decide over as many revisions as the one that looks at more",
        );
    }
    let RecordedForTwo { all, before, after } =
        live.run(record_for_two(&live.environment, &before.policy, &after.policy))?;
    Ok((all, [before, after]))
}

impl Side<'_> {
    fn plan(&self, selection: &[Pattern], now: Timestamp) -> OrganizationPlan {
        let Snapshot { home, registries, cache_rules, usage, coverage, .. } = &self.facts;
        let facts = OrganizationFacts {
            home: &home.account,
            registries,
            cache_rules,
            usage: usage.clone(),
            coverage,
            policy: &self.file.policy,
            now,
        };
        facts.index().plan(selection)
    }

    fn compared<'a>(&'a self, planned: &'a OrganizationPlan) -> Compared<'a> {
        Compared {
            name: self.path.to_str().unwrap_or("policy"),
            digest: self.file.digest,
            policy: &self.file.policy,
            planned,
        }
    }
}

/// The registries with those repositories alone that are compared.
fn selected(mut registries: Vec<Registry>, selection: &[Pattern]) -> Vec<Registry> {
    for registry in &mut registries {
        registry.repositories.retain(|repository| {
            selection.is_empty() || selection.iter().any(|it| it.matches(&repository.name))
        });
    }
    registries
}

/// The next command to try: why one of the images has another verdict.
fn next(arguments: &DiffArguments, diff: &PolicyDiff) {
    next_step::blank();
    let first = diff.repositories.iter().find_map(|it| Some((it, it.changes.first()?)));
    if let Some((repository, change)) = first {
        let from = match &arguments.offline.snapshot {
            Some(path) => format!(" --snapshot {}", path.display()),
            None => String::new(),
        };
        let image = format!("{}@{}", repository.repository, render::short(change.digest));
        diagnostics::next(&format!(
            "`ecr-sweep explain {image}{from} --policy {}` tells why",
            diff.after.name
        ));
    }
}

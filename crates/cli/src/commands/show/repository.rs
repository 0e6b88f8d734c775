//! What a run has stored of one repository.

use ecr_sweep_core::RepositoryId;
use ecr_sweep_policy::nearest;
use ecr_sweep_protocol::documents::{MatchedRepository, RunId, Stage, V1, keys};
use ecr_sweep_protocol::runs::ShownRepository;
use ecr_sweep_steps::{find_attempt, find_receipts};

use crate::args::{Format, ShowArguments};
use crate::commands::next_step;
use crate::commands::open_store::OpenStore;
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render::repository::RepositoryView;
use crate::{diagnostics, render};

/// Shows its plan, and what became of it.
pub fn show(
    open: &OpenStore,
    run: &RunId,
    name: &str,
    arguments: &ShowArguments,
) -> Result<Ended, Failure> {
    let found = find_repositories(open, run, name)?;
    let [matched] = &found[..] else { return Err(ambiguous(name, &found)) };
    let repository = &matched.id();
    let mut failures = Vec::new();
    for stage in [Stage::Plan, Stage::Recheck] {
        let attempt = open.run(find_attempt(&*open.store, run, stage, repository))?;
        failures.extend(attempt.failure());
    }
    let shown = ShownRepository {
        schema_version: V1,
        run: run.clone(),
        plan: open.find(&keys::plan(run, Stage::Plan, repository))?,
        recheck: open.find(&keys::plan(run, Stage::Recheck, repository))?,
        receipts: open.run(find_receipts(&*open.store, run, repository))?,
        failures,
    };
    match arguments.form.format {
        Format::Json => render::json::write(&shown)?,
        Format::Table => {
            let readable = render::plain::document(shown.clone());
            let view = RepositoryView { repository, shown: &readable };
            render::print(&view)?;
            next(&shown, run, repository);
        }
    }
    Ok(Ended::WELL)
}

/// The repositories of a run that have this name, with or without their registry in front. At
/// least one.
pub fn find_repositories(
    open: &OpenStore,
    run: &RunId,
    name: &str,
) -> Result<Vec<MatchedRepository>, Failure> {
    let listed = open.read(run, &keys::repositories(run))?;
    let is_it = |it: &&MatchedRepository| *it.repository == *name || it.id().to_string() == name;
    let found: Vec<_> = listed.repositories.iter().filter(is_it).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let is_untouched = listed.registries.iter().any(|registry| {
        let is_it =
            |it: &str| it == name || RepositoryId::new(&registry.place(), it).to_string() == name;
        registry.untouched.iter().any(|it| is_it(it))
    });
    if is_untouched {
        let message = format!(
            "the run `{run}` has no plan of `{name}`: no rule of its policy takes it, or it was not asked for"
        );
        return Err(Failure::invalid(message)
            .next(format!("`ecr-sweep show {run}` lists what it has planned")));
    }
    let failure = Failure::invalid(format!("the run `{run}` has no repository `{name}`"));
    let names = listed.repositories.iter().map(|it| &*it.repository);
    Err(match nearest(name, names) {
        Some(near) => failure.next(format!("did you mean `{near}`?")),
        None => failure.next(format!("`ecr-sweep show {run}` lists what it has planned")),
    })
}

fn ambiguous(name: &str, found: &[MatchedRepository]) -> Failure {
    let lines: Vec<String> = found.iter().map(|it| format!("\n  {}", it.id())).collect();
    let message = format!("`{name}` is in {} registries:{}", found.len(), lines.concat());
    Failure::invalid(message).next("name one of them")
}

/// The next command to try: why one of the images goes, or stays.
fn next(shown: &ShownRepository, run: &RunId, repository: &RepositoryId) {
    let Some(plan) = shown.plan.as_ref().map(|stored| &stored.plan) else { return };
    let would_go = plan.blocked.iter().flat_map(|block| block.would_delete.iter().copied());
    let digest = plan.delete.iter().map(|it| it.digest).chain(would_go).next();
    if let Some(digest) = digest.or_else(|| plan.keep.first().map(|it| it.digest)) {
        next_step::blank();
        let image = format!("{repository}@{}", render::short(digest));
        diagnostics::next(&format!("`ecr-sweep explain {image} --run {run}` tells why"));
    }
}

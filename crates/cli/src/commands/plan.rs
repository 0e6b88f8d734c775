//! `ecr-sweep plan`: what would be deleted, and why nothing is.

use std::path::Path;

use ecr_sweep_core::{Gap, OrganizationFacts, RepositoryPlan};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::{ExitCode, PlanDocument};
use ecr_sweep_steps::dry_run;

use super::live::{self, Live};
use super::{next_step, selection, stored};
use crate::args::{Format, PlanArguments};
use crate::failure::Failure;
use crate::render::table::{self, Line, PlanView};
use crate::{diagnostics, files, render};

/// Plans, offline or live, and shows the plan.
pub fn run(arguments: &PlanArguments) -> Result<ExitCode, Failure> {
    match &arguments.offline.snapshot {
        Some(snapshot) => from_snapshot(arguments, snapshot),
        None => from_account(arguments),
    }
}

fn from_snapshot(arguments: &PlanArguments, path: &Path) -> Result<ExitCode, Failure> {
    let (policy, _) = files::policy(&arguments.policy.policy, Use::Offline)?;
    let snapshot = files::snapshot(path)?;
    let names = snapshot.registries.iter().flat_map(|registry| &registry.repositories);
    selection::check(&arguments.selection.repository, names.map(|repository| &*repository.name))?;
    let now = arguments.offline.now.unwrap_or(snapshot.taken_at);
    let facts = OrganizationFacts {
        home: &snapshot.home.account,
        registries: &snapshot.registries,
        usage: snapshot.usage,
        coverage: &snapshot.coverage,
        policy: &policy.policy,
        now,
    };
    let planned = facts.index().plan(&arguments.selection.repository);
    let document = PlanDocument::new(now, planned.plans, planned.warnings);
    match arguments.form.format {
        Format::Json => render::json::write(&document)?,
        Format::Table => {
            render::print(&PlanView {
                now,
                lines: document.plans.iter().map(Line::from).collect(),
                details: arguments.detail.details.then_some(&document.plans),
                gaps: &planned.gaps,
                failed: &[],
                findings: None,
                warnings: &document.warnings,
            })?;
            next_offline(&document, &planned.gaps, arguments, path);
        }
    }
    let is_blocked = document.plans.iter().any(|plan| !plan.blocked.is_empty());
    let is_complete = !is_blocked && planned.is_complete;
    // The process ends here. To give back millions of images one by one before would take it a
    // twelfth of its time.
    std::mem::forget((document, snapshot.registries));
    Ok(if is_complete { ExitCode::Done } else { ExitCode::Incomplete })
}

/// The next command to try: why one of the images goes, or would.
fn next_offline(document: &PlanDocument, gaps: &[Gap], arguments: &PlanArguments, snapshot: &Path) {
    next_step::blank();
    next_step::if_unseen(gaps);
    let is_only = table::is_only_registry(document.plans.iter().map(RepositoryPlan::id));
    let goes = document.plans.iter().find_map(|plan| {
        let would_go = plan.blocked.iter().flat_map(|block| &block.would_delete);
        let digest = plan.delete.iter().map(|deletion| &deletion.digest).chain(would_go).next()?;
        Some(format!("{}@{}", table::full_name(is_only, &plan.id()), render::short(*digest)))
    });
    if let Some(image) = goes {
        diagnostics::next(&format!(
            "`ecr-sweep explain {image} --snapshot {} --policy {}` tells why",
            snapshot.display(),
            arguments.policy.policy.display()
        ));
    }
}

/// Plans a live account, and deletes nothing.
pub fn from_account(arguments: &PlanArguments) -> Result<ExitCode, Failure> {
    let policy = &arguments.policy.policy;
    let options = live::options(policy, &arguments.selection.repository)?;
    let live = Live::connect(&arguments.live)?;
    let summary = live.run(dry_run(&live.environment, &live.run, options))?;
    match arguments.form.format {
        Format::Json => render::json::write(&stored::document(&live, &summary)?)?,
        Format::Table if arguments.detail.details => {
            let plans = live.run(stored::plans(&live.environment, &summary))?;
            render::print(&render::stored::in_lines(&summary, Some(&plans)))?;
        }
        Format::Table => render::print(&render::stored::in_lines(&summary, None))?,
    }
    next_step::blank();
    diagnostics::note(&format!("the plans are stored in {}/plans", live.folder()));
    if arguments.form.format == Format::Table {
        next_step::if_unseen(&summary.gaps());
        if summary.totals.plan.delete > 0 {
            let images = render::Count(summary.totals.plan.delete);
            let policy = policy.display();
            diagnostics::next(&format!(
                "`ecr-sweep run --policy {policy}` deletes {images} images, after it has asked"
            ));
        }
    }
    Ok(summary.ending.into())
}

//! `ecr-sweep plan`: what would be deleted, and why nothing is.

use std::io::IsTerminal as _;
use std::path::Path;

use ecr_sweep_core::{Gap, OffRow, PlannedAll, Policy, RepositoryPlan, Savings};
use ecr_sweep_policy::Use;
use ecr_sweep_protocol::{Besides, PlanDocument};
use ecr_sweep_steps::dry_run;

use super::ending::{self, Blocked};
use super::live::{self, Live};
use super::{next_step, other_store, selection, stored};
use crate::args::{Format, PlanArguments, is_said};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::offline::{Detail, HeldPlans, OpenSnapshot, Spool};
use crate::render::stored::StoredView;
use crate::render::table::{self, Line, PlanView};
use crate::{diagnostics, files, render};

/// Plans, offline or live, and shows the plan.
pub fn run(arguments: &PlanArguments) -> Result<Ended, Failure> {
    match &arguments.offline.snapshot {
        Some(snapshot) => from_snapshot(arguments, snapshot),
        None => from_account(arguments),
    }
}

fn from_snapshot(arguments: &PlanArguments, path: &Path) -> Result<Ended, Failure> {
    if arguments.sizes.exact_sizes && is_said("exact_sizes") {
        let message = "`--exact-sizes` reads manifests, and a snapshot has none";
        return Err(Failure::invalid(message).next("leave it out, or `--snapshot`"));
    }
    let (mut file, _) = files::policy(&arguments.policy.policy, Use::Offline)?;
    file.policy.prices.given.clone_from(&arguments.sizes.prices.price);
    let snapshot = OpenSnapshot::open(path, &file.policy)?;
    let selection = &arguments.selection.repository;
    selection::check(selection, snapshot.names())?;
    let now = arguments.offline.now.unwrap_or(snapshot.taken_at());
    let is_json = arguments.form.format == Format::Json;
    let blocked = if is_json && !std::io::stdout().is_terminal() {
        let mut plans = Spool::new();
        let planned = snapshot.plan(now, selection, &mut plans)?;
        let blocked = plans
            .blocks()
            .fold(Blocked::default(), |blocked, block| blocked.and(std::iter::once(block)));
        let saves = plans.saves(&file.policy.prices);
        plans.print(now, &besides(&file.policy, saves, planned))?;
        blocked
    } else {
        let mut plans = HeldPlans::new(match (is_json, arguments.detail.details) {
            (true, _) => Detail::Everything,
            (false, true) => Detail::Deletions,
            (false, false) => Detail::Numbers,
        });
        let planned = snapshot.plan(now, selection, &mut plans)?;
        let plans = plans.into_plans();
        let saves = Savings::of_plans(&file.policy.prices, plans.iter());
        let document = PlanDocument::new(now, plans, besides(&file.policy, saves, planned));
        if is_json {
            render::json::write(&document)?;
        } else {
            show(arguments, path, &document, &snapshot.usage().gaps())?;
        }
        document.plans.iter().fold(Blocked::default(), |blocked, plan| {
            blocked.and(plan.blocked.iter().map(|block| block.code))
        })
    };
    let gaps: Vec<Gap> = snapshot.usage().gaps().into_iter().cloned().collect();
    let is_complete = snapshot.usage().is_complete();
    // The process ends here. To give back a million rows one by one before would take its time.
    std::mem::forget(snapshot);
    Ok(ending::of_plans(blocked, is_complete, &gaps))
}

/// What the document has beside the plans.
fn besides(policy: &Policy, saves: Option<Savings>, planned: PlannedAll) -> Besides {
    let PlannedAll { warnings, untouched } = planned;
    Besides { saves, untouched, off: OffRow::all(&policy.scope), warnings }
}

fn show(
    arguments: &PlanArguments,
    path: &Path,
    document: &PlanDocument,
    gaps: &[&Gap],
) -> Result<(), Failure> {
    let gaps: Vec<Gap> = gaps.iter().copied().cloned().collect();
    let shown = render::plain::document(document.clone());
    render::print(&PlanView {
        now: shown.now,
        lines: shown.plans.iter().map(Line::from).collect(),
        details: arguments.detail.details.then_some(&shown.plans),
        gaps: &gaps,
        failed: &[],
        sort: arguments.detail.sort,
        all: arguments.detail.all,
        saves: shown.saves.as_ref(),
        findings: None,
        warnings: &shown.warnings,
        vaulted: None,
        untouched: &shown.untouched,
        off: &shown.off,
    })?;
    next_offline(document, arguments, path);
    Ok(())
}

/// The next command to try: why one of the images goes, or would.
fn next_offline(document: &PlanDocument, arguments: &PlanArguments, snapshot: &Path) {
    next_step::blank();
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
pub fn from_account(arguments: &PlanArguments) -> Result<Ended, Failure> {
    let policy = &arguments.policy.policy;
    let options = live::options(policy, &arguments.selection.repository, &arguments.sizes)?;
    other_store::note_if_throwaway(&arguments.live.store);
    let live = Live::connect(&arguments.live)?.until_a_signal()?;
    let summary = live.run(dry_run(&live.environment, &live.run, options))?;
    match arguments.form.format {
        Format::Json => render::json::write(&stored::document(&live, &summary)?)?,
        Format::Table if arguments.detail.details => {
            let plans = live.run(stored::plans(&live.environment, &summary))?;
            render::print(&StoredView::new(&summary, Some(&plans), arguments.detail))?;
        }
        Format::Table => render::print(&StoredView::new(&summary, None, arguments.detail))?,
    }
    next_step::blank();
    diagnostics::note(&format!("the plans are stored in {}/plans", live.folder()));
    if arguments.form.format == Format::Table {
        other_store::hint(&live, &summary)?;
        if summary.totals.plan.delete > 0 {
            let (run, goes) = (&summary.run, render::goes(&summary.totals.plan));
            diagnostics::next(&format!("`ecr-sweep delete {run}` {goes}, after it has asked"));
        }
    }
    Ok(ending::of(&summary))
}

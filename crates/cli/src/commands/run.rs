//! `ecr-sweep run`: plan, ask, check again, delete.

use ecr_sweep_core::RepositoryPlan;
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_protocol::documents::RunSummary;
use ecr_sweep_steps::sweep;

use super::live::{self, Live};
use super::{next_step, plan, stored};
use crate::args::{Format, OfflineArguments, PlanArguments, RunArguments};
use crate::failure::Failure;
use crate::{confirm, diagnostics, render};

/// Sweeps a live account; with `--dry-run`, only plans it.
pub fn run(arguments: RunArguments) -> Result<ExitCode, Failure> {
    if arguments.dry_run {
        return plan::from_account(&as_plan(arguments));
    }
    if !arguments.yes && !confirm::is_possible() {
        let message =
            "there is no terminal to ask on, so nothing is deleted and nothing was called";
        return Err(Failure::new(ExitCode::Refused, message)
            .next("`ecr-sweep run --yes` deletes without asking; `ecr-sweep plan` shows what"));
    }
    let options = live::options(&arguments.policy.policy, &arguments.repository)?;
    let live = Live::connect(&arguments.live)?;
    let mut answer = None;
    let swept = live.run(sweep(&live.ctx, options, async |planned: &RunSummary| {
        live.bars.clear();
        matches!(answer.insert(show_and_ask(&live, &arguments, planned).await), Ok(true))
    }));
    let was_shown = answer.transpose()?.is_some();
    let summary = swept?;
    if !was_shown {
        show(&arguments, &summary, None);
    }
    match arguments.format {
        Format::Json => render::json::write(&summary)?,
        Format::Table => {
            next_step::blank();
            render::print(&render::summary::Swept(&summary))?;
        }
    }
    next_step::blank();
    diagnostics::note(&format!("plans and receipts are stored in {}", live.folder()));
    if arguments.format == Format::Table {
        next_step::if_unseen(&stored::gaps(&summary));
    }
    Ok(summary.ending.into())
}

/// Shows the plan, then asks, unless the answer was given on the command line.
async fn show_and_ask(
    live: &Live,
    arguments: &RunArguments,
    planned: &RunSummary,
) -> Result<bool, Failure> {
    let plans = if arguments.details {
        Some(stored::plans(&live.ctx, planned).await.map_err(Failure::from)?)
    } else {
        None
    };
    show(arguments, planned, plans.as_deref());
    if arguments.yes {
        return Ok(true);
    }
    let deleting = planned.repositories.iter().filter(|it| it.plan.delete > 0).count();
    Ok(confirm::ask(&planned.totals.plan, deleting as u64)?)
}

/// Shows the plan to a person: it is not the result of a run.
fn show(arguments: &RunArguments, planned: &RunSummary, details: Option<&[RepositoryPlan]>) {
    if arguments.format == Format::Table || !arguments.yes {
        diagnostics::show(&stored::in_lines(planned, details));
    }
}

fn as_plan(arguments: RunArguments) -> PlanArguments {
    let RunArguments { policy, repository, format, details, live, .. } = arguments;
    let offline = OfflineArguments { snapshot: None, now: None };
    PlanArguments { policy, repository, format, details, offline, live }
}

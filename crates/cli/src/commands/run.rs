//! `ecr-sweep run`: plan, ask, check again, delete.

use ecr_sweep_core::RepositoryPlan;
use ecr_sweep_protocol::documents::{OutcomeCounts, RunSummary, Stage, keys};
use ecr_sweep_protocol::{Ending, ExitCode};
use ecr_sweep_steps::{JudgeRequest, Run, RunOptions, Stopped, summarize, sweep, sweep_planned};
use tokio::sync::oneshot;

use super::ending;
use super::live::{self, Live};
use super::{next_step, other_store, plan, stored};
use crate::args::{
    DetailArguments, FormArguments, Format, OfflineArguments, PlanArguments, RunArguments,
};
use crate::confirm::Asked;
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render::stored::StoredView;
use crate::{confirm, diagnostics, render};

/// Sweeps a live account; with `--dry-run`, only plans it.
pub fn run(arguments: RunArguments) -> Result<Ended, Failure> {
    if arguments.dry_run {
        return plan::from_account(&as_plan(arguments));
    }
    if !arguments.yes && !confirm::is_possible() {
        let message =
            "there is no terminal to ask on, so nothing is deleted and nothing was called";
        return Err(Failure::new(ExitCode::Refused, message)
            .next("`ecr-sweep run --yes` deletes without asking; `ecr-sweep plan` shows what"));
    }
    let options =
        live::options(&arguments.policy.policy, &arguments.selection.repository, &arguments.sizes)?;
    other_store::note_if_throwaway(&arguments.live.store);
    let live = Live::connect(&arguments.live)?.until_a_signal()?;
    let RunArguments { yes, form: FormArguments { format }, detail, .. } = arguments;
    let asking = Asking { yes, format, detail };
    sweep_and_show(&live, Swept::New(options), &asking)
}

/// What is swept.
pub enum Swept {
    /// A plan that is made first.
    New(RunOptions),
    /// The plan that the run has stored.
    Stored,
}

/// How a plan is shown and confirmed.
pub struct Asking {
    /// Whether it is confirmed already.
    pub yes: bool,
    /// The form of the result.
    pub format: Format,
    /// How much of it is shown.
    pub detail: DetailArguments,
}

/// Sweeps, asking in between, and shows what became of it.
pub fn sweep_and_show(live: &Live, swept: Swept, asking: &Asking) -> Result<Ended, Failure> {
    let mut answer = None;
    let summary = live.run(async {
        let confirm = async |planned: &RunSummary| {
            live.bars.clear();
            matches!(answer.insert(show_and_ask(live, asking, planned).await), Ok(true))
        };
        match swept {
            Swept::New(options) => sweep(&live.environment, &live.run, options, confirm).await,
            Swept::Stored => sweep_planned(&live.environment, &live.run, confirm).await,
        }
    });
    let was_shown = answer.transpose()?.is_some();
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => {
            let Some(stopped) = stopped(live, error.exit_code()) else { return Err(error) };
            show_outcomes(asking, &stopped)?;
            // That images are gone is said whatever stopped the run.
            return Err(match stopped.ending {
                Ending::Partial => error.ending_with(ExitCode::Partial),
                _ => error,
            });
        }
    };
    if !was_shown {
        show(asking, &summary, None);
    }
    show_outcomes(asking, &summary)?;
    next_step::blank();
    diagnostics::note(&format!("plans and receipts are stored in {}", live.folder()));
    if asking.format == Format::Table {
        other_store::hint(live, &summary)?;
    }
    Ok(ending::of(&summary))
}

/// The summary of a sweep that an error stopped, as far as there is one: what went is told all the
/// same. Where it could not be stored it is made of what was. Who stopped earlier, was refused before anything
/// was asked for, or has lost the store, has none.
fn stopped(live: &Live, exit_code: ExitCode) -> Option<RunSummary> {
    let key = keys::summary(&live.run, Stage::Plan);
    let summary = live.run(live.environment.find(&key)).ok()??;
    if summary.repositories.is_empty() {
        return None;
    }
    if !summary.dry_run {
        return Some(summary);
    }
    let ending = if exit_code == ExitCode::Refused { Ending::Refused } else { Ending::Failed };
    let reason = "its end is not stored; this is what the receipts say".into();
    let stopped = Some(Stopped { ending, reason });
    let request = JudgeRequest { deleting: true, stopped, ..JudgeRequest::default() };
    let summary = live.run(async {
        let run = Run::open(&live.environment, &live.run).await?;
        summarize(&run, request).await
    });
    let has_asked = |it: &RunSummary| it.totals.outcomes != untouched(it);
    summary.ok().filter(|it| exit_code != ExitCode::Refused || has_asked(it))
}

/// What became of a plan of which nothing was asked for.
fn untouched(summary: &RunSummary) -> OutcomeCounts {
    let not_asked = summary.totals.outcomes.not_asked;
    OutcomeCounts { not_asked, ..OutcomeCounts::default() }
}

/// Shows what became of what was planned for deletion.
fn show_outcomes(asking: &Asking, summary: &RunSummary) -> Result<(), Failure> {
    match asking.format {
        Format::Json => render::json::write(summary)?,
        Format::Table => {
            next_step::blank();
            render::print(&render::summary::Swept(&render::plain::document(summary.clone())))?;
        }
    }
    Ok(())
}

/// Shows the plan, then asks, unless the answer was given on the command line.
async fn show_and_ask(live: &Live, asking: &Asking, planned: &RunSummary) -> Result<bool, Failure> {
    let plans = if asking.detail.details {
        Some(stored::plans(&live.environment, planned).await.map_err(Failure::from)?)
    } else {
        None
    };
    show(asking, planned, plans.as_deref());
    if asking.yes {
        return Ok(true);
    }
    let asked = Asked::from(planned);
    // The terminal is waited for apart, so that a signal is an answer, too.
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || drop(tell.send(confirm::ask(asked))));
    tokio::select! {
        answer = told => Ok(answer.unwrap_or(Ok(false))?),
        () = live.first_signal() => Ok(false),
    }
}

/// Shows the plan to a person: it is not the result of a run.
fn show(asking: &Asking, planned: &RunSummary, details: Option<&[RepositoryPlan]>) {
    if asking.format == Format::Table || !asking.yes {
        diagnostics::show(&StoredView::new(planned, details, asking.detail));
    }
}

fn as_plan(arguments: RunArguments) -> PlanArguments {
    let RunArguments { policy, selection, sizes, form, detail, live, .. } = arguments;
    let offline = OfflineArguments { snapshot: None, now: None };
    PlanArguments { policy, selection, sizes, form, detail, offline, live }
}

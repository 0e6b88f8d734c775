//! `ecr-sweep show`: what a run has stored.

mod repository;

use ecr_sweep_protocol::documents::{RunId, Stage, V1, keys};
use ecr_sweep_protocol::runs::{NoticeRow, RunState, ShownRun};
use ecr_sweep_steps::functions::notices;
use ecr_sweep_steps::{StepError, read_run};

use super::next_step;
use super::open_store::{self, OpenStore};
use super::priced::price;
use crate::args::{Format, ShowArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render::run::RunView;
use crate::{diagnostics, render};

pub use repository::find_repositories;

/// Shows a run, or its part that is about one repository.
pub fn run(arguments: &ShowArguments) -> Result<Ended, Failure> {
    let open = OpenStore::open(&arguments.live)?;
    let run = open.find_run(&arguments.run)?;
    if let Some(name) = &arguments.repository {
        if !arguments.prices.price.is_empty() {
            return Err(Failure::invalid(
                "`--price` would be ignored: what one repository saves is not told",
            )
            .next("leave it out, or the repository"));
        }
        return repository::show(&open, &run, name, arguments);
    }
    let mut shown = read(&open, &run)?;
    if let Some(summary) = &mut shown.summary {
        price(&open, summary, &arguments.prices.price)?;
    }
    print(&shown, arguments.form.format, arguments.all)?;
    if arguments.form.format == Format::Table {
        next_step::blank();
        diagnostics::next(&next(&shown));
    }
    Ok(Ended::WELL)
}

/// A run as it stands.
pub fn read(open: &OpenStore, run: &RunId) -> Result<ShownRun, Failure> {
    let request = open.read(run, &keys::request(run))?;
    let stands = open.run(async {
        let row = read_run(&*open.store, run, open_store::now()).await?;
        let address = open.store.address(&keys::request(run));
        row.ok_or(StepError::Missing { run: run.clone(), address })
    })?;
    let summary = open.find(&keys::summary(run, Stage::Plan))?;
    let notices = open.run(notices(&*open.store, run))?;
    let notices = notices.iter().map(NoticeRow::from).collect();
    Ok(ShownRun { schema_version: V1, request, stands, summary, notices })
}

/// Prints it.
pub fn print(shown: &ShownRun, format: Format, all: bool) -> Result<(), Failure> {
    match format {
        Format::Json => render::json::write(shown)?,
        Format::Table => {
            render::print(&RunView { shown: &render::plain::document(shown.clone()), all })?;
        }
    }
    Ok(())
}

fn next(shown: &ShownRun) -> String {
    let run = &shown.request.run;
    let busiest = shown
        .summary
        .iter()
        .flat_map(|summary| &summary.repositories)
        .max_by_key(|it| it.plan.delete + it.plan.would_delete);
    match busiest {
        _ if shown.stands.state == RunState::Stopped => {
            format!("`ecr-sweep start --plan {run} --delete` goes on with what is left")
        }
        _ if shown.stands.ending.is_none() => {
            format!("`ecr-sweep watch {run}` follows it to its end")
        }
        Some(it) => {
            format!("`ecr-sweep show {run} {}` shows the plan of one", it.repository)
        }
        None => "`ecr-sweep runs` lists the others".to_owned(),
    }
}

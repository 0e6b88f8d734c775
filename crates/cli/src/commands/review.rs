//! A stored plan before it is deleted: shown to a person, who is asked.

use ecr_sweep_core::RepositoryPlan;
use ecr_sweep_protocol::documents::{RunSummary, Stage, keys};

use super::open_store::OpenStore;
use crate::args::DetailArguments;
use crate::failure::Failure;
use crate::render::stored::StoredView;
use crate::{confirm, diagnostics};

/// Shows the plan of a run, with every image that goes if they are asked for.
pub fn show(
    open: &OpenStore,
    planned: &RunSummary,
    detail: DetailArguments,
) -> Result<(), Failure> {
    let plans = if detail.details { Some(plans(open, planned)?) } else { None };
    diagnostics::show(&StoredView::new(planned, plans.as_deref(), detail));
    Ok(())
}

/// Asks on the terminal whether so much is to be deleted.
pub fn ask(planned: &RunSummary) -> Result<bool, Failure> {
    Ok(confirm::ask(planned.into())?)
}

fn plans(open: &OpenStore, planned: &RunSummary) -> Result<Vec<RepositoryPlan>, Failure> {
    let run = &planned.run;
    let read = |it: &ecr_sweep_protocol::documents::RepositorySummary| {
        let key = keys::plan(run, Stage::Plan, &it.id());
        Ok(open.read(run, &key)?.plan)
    };
    planned.repositories.iter().map(read).collect()
}

//! The report that a run leaves for people: pages beside its documents.

use std::collections::BTreeSet;

use ecr_sweep_core::RepositoryId;
use ecr_sweep_protocol::documents::{RunSummary, keys};
use ecr_sweep_report::{INDEX, RepositoryRecord, failed_page, index_page, repository_pages};

use crate::history::gather_report;
use crate::run::computing::computing;
use crate::{Run, StepError};

/// Writes the report of a run. What keeps it from being written is told, and changes nothing of how the run
/// ended.
///
/// Where a function's time is over, repositories are left out: the first page says which, and
/// `ecr-sweep report` makes it whole.
pub(crate) async fn write(run: &Run, summary: &RunSummary) {
    let Err(error) = write_pages(run, summary).await else { return };
    let problem = error.in_full();
    tracing::warn!(run = %run.id, error = %error, "cannot write the report");
    run.progress.note(&format!("the report could not be written: {problem}"));
    // An older page, of the plan, would pass for the report of what became of it.
    let page = failed_page(run.id.as_str(), &problem).into_bytes();
    if let Err(error) = run.store.put(&keys::report_page(&run.id, INDEX), page).await {
        tracing::warn!(run = %run.id, %error, "cannot write that there is no report");
    }
}

async fn write_pages(run: &Run, summary: &RunSummary) -> Result<(), StepError> {
    let put = async |record: RepositoryRecord| {
        let id = record.id();
        for (name, page) in computing(move || repository_pages(&record)).await? {
            run.store.put_unsynced(&keys::report_page(&run.id, &name), page.into_bytes()).await?;
        }
        Ok(id)
    };
    let mut pages: BTreeSet<RepositoryId> = BTreeSet::new();
    let add = |id| {
        pages.insert(id);
        Ok(())
    };
    let is_over = || run.deadline.has_passed();
    let report = gather_report(&*run.store, summary.clone(), put, add, is_over).await?;
    let page = computing(move || index_page(&report, &pages)).await?;
    run.store.put_unsynced(&keys::report_page(&run.id, INDEX), page.into_bytes()).await?;
    Ok(())
}

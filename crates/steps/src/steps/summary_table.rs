//! The summary's repositories as a table, for a spreadsheet.

use ecr_sweep_core::wording::in_a_line;
use ecr_sweep_protocol::documents::{RepositorySummary, RunSummary, Stage, keys};

use crate::{Run, StepError};

const COLUMNS: [&str; 23] = [
    "account",
    "region",
    "repository",
    "images",
    "keep",
    "delete",
    "would_delete",
    "keep_bytes",
    "delete_bytes",
    "blocked",
    "deleted",
    "already_gone",
    "failed",
    "skipped",
    "deleted_bytes",
    "not_asked",
    "waiting",
    "next_goes_on",
    "would_delete_bytes",
    "archive",
    "archive_bytes",
    "archived",
    "freed_bytes",
];

/// Writes a row a repository.
pub(crate) async fn write(run: &Run, stage: Stage, summary: &RunSummary) -> Result<(), StepError> {
    let key = keys::summary_table(&run.id, stage);
    let bytes = table(&summary.repositories)
        .map_err(|source| StepError::Table { address: run.store.address(&key), source })?;
    run.store.put(&key, bytes).await?;
    Ok(())
}

fn table(repositories: &[RepositorySummary]) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for repository in repositories {
        table.write_record(row(repository))?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

fn row(repository: &RepositorySummary) -> [String; COLUMNS.len()] {
    let RepositorySummary { account, region, repository: name, plan, .. } = repository;
    let RepositorySummary { blocked, outcomes, goes_on, .. } = repository;
    let blocked: Vec<String> = blocked.iter().map(|block| block.code.to_string()).collect();
    [
        account.to_string(),
        region.to_string(),
        in_a_line(name).into_owned(),
        plan.images.to_string(),
        plan.keep.to_string(),
        plan.delete.to_string(),
        plan.would_delete.to_string(),
        plan.keep_bytes.to_string(),
        plan.delete_bytes.to_string(),
        blocked.join(" "),
        outcomes.deleted.to_string(),
        outcomes.already_gone.to_string(),
        outcomes.failed.to_string(),
        outcomes.skipped.to_string(),
        outcomes.deleted_bytes.to_string(),
        outcomes.not_asked.to_string(),
        goes_on.iter().map(|day| day.images).sum::<u64>().to_string(),
        goes_on.first().map(|day| day.on.to_string()).unwrap_or_default(),
        plan.would_delete_bytes.to_string(),
        plan.archive.to_string(),
        plan.archive_bytes.to_string(),
        outcomes.archived.to_string(),
        // Nothing where it is only known what it can be at most.
        plan.freed.filter(|it| it.is_exact()).map(|it| it.bytes.to_string()).unwrap_or_default(),
    ]
}

//! How far a run is, by the documents that it has stored so far.

use std::collections::BTreeSet;

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::documents::{RunId, RunSummary, Stage, keys};

use crate::run::documents::find_document;
use crate::{Phase, StepError};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// It has not listed what there is.
    Starting,
    /// It is in the middle of a phase. Steps are documents: accounts and Regions, or repositories.
    At {
        /// The phase.
        phase: Phase,
        /// How many steps are done.
        done: u64,
        /// How many there are.
        total: u64,
    },
    /// It has planned, and what follows has not begun.
    Planned,
    /// It has planned, and waits for somebody to approve.
    AwaitingApproval,
}

/// How far a run is that has not ended.
pub async fn position(store: &dyn RunStore, run: &RunId) -> Result<Position, StepError> {
    if let Some(summary) = find_document(store, &keys::summary(run, Stage::Plan)).await? {
        return after_planning(store, run, &summary).await;
    }
    let Some(scopes) = find_document(store, &keys::scopes(run, Stage::Plan)).await? else {
        return Ok(Position::Starting);
    };
    if !exists(store, &keys::coverage(run, Stage::Plan)).await? {
        let done = count(store, run, "usage").await?;
        let total = scopes.scopes.len() as u64;
        return Ok(Position::At { phase: Phase::ScanUsage, done, total });
    }
    let listed = find_document(store, &keys::repositories(run)).await?;
    let done = attempted(store, run, Stage::Plan).await?;
    let total = listed.map_or(0, |listed| listed.repositories.len() as u64);
    Ok(Position::At { phase: Phase::PlanRepos, done, total })
}

async fn after_planning(
    store: &dyn RunStore,
    run: &RunId,
    summary: &RunSummary,
) -> Result<Position, StepError> {
    let scanned = count(store, run, "recheck/usage").await?;
    if scanned == 0 {
        let is_asked = exists(store, &keys::approval_request(run)).await?;
        return Ok(if is_asked { Position::AwaitingApproval } else { Position::Planned });
    }
    if !exists(store, &keys::coverage(run, Stage::Recheck)).await? {
        let scopes = find_document(store, &keys::scopes(run, Stage::Recheck)).await?;
        let total = scopes.map_or(0, |scopes| scopes.scopes.len() as u64);
        return Ok(Position::At { phase: Phase::RescanUsage, done: scanned, total });
    }
    let deleting = summary.repositories.iter().filter(|it| it.plan.delete > 0).count() as u64;
    let swept = taken_up(store, run).await?;
    if swept > 0 {
        return Ok(Position::At { phase: Phase::DeleteImages, done: swept, total: deleting });
    }
    let done = attempted(store, run, Stage::Recheck).await?;
    Ok(Position::At { phase: Phase::ReplanRepos, done, total: deleting })
}

/// How many repositories have had an attempt. What was stored before there were attempts has one
/// where it has a plan, or what stopped planning.
async fn attempted(store: &dyn RunStore, run: &RunId, stage: Stage) -> Result<u64, StepError> {
    let folders = match stage {
        Stage::Plan => ["attempts/", "plans/", "failures/plan/"],
        Stage::Recheck => ["recheck/attempts/", "recheck/plans/", "failures/recheck/"],
    };
    let mut repositories = BTreeSet::new();
    for folder in folders {
        let folder = format!("{}{folder}", keys::run(run));
        let keys = store.list(&folder).await?;
        repositories.extend(keys.into_iter().map(|key| key[folder.len()..].to_owned()));
    }
    Ok(repositories.len() as u64)
}

/// Of how many repositories images were asked for, or are done.
async fn taken_up(store: &dyn RunStore, run: &RunId) -> Result<u64, StepError> {
    let mut repositories = BTreeSet::new();
    for (folder, end) in [("batches/", "/@"), ("receipts/", ".json")] {
        let folder = format!("{}{folder}", keys::run(run));
        let keys = store.list(&folder).await?;
        let names = keys.iter().filter_map(|key| Some(key[folder.len()..].rsplit_once(end)?.0));
        repositories.extend(names.map(str::to_owned));
    }
    Ok(repositories.len() as u64)
}

/// How many documents a folder of the run has.
async fn count(store: &dyn RunStore, run: &RunId, folder: &str) -> Result<u64, StepError> {
    Ok(store.list(&format!("{}{folder}/", keys::run(run))).await?.len() as u64)
}

/// Whether there is a document, without reading it.
async fn exists(store: &dyn RunStore, key: &str) -> Result<bool, StepError> {
    Ok(store.list(key).await?.iter().any(|listed| listed == key))
}

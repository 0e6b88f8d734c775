//! How a person names a run.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{RunId, Stage, keys};
use ecr_sweep_protocol::runs::{RunList, UnreadableRun};
use jiff::Timestamp;

use super::list::list_runs_by;
use crate::StepError;
use crate::run::documents::find_document;

/// How many runs a message names.
const NAMED: usize = 3;

/// The run that is meant: by its name, by the first letters of it, or as `latest`.
pub async fn find_run(store: &dyn RunStore, name: &str) -> Result<RunId, StepError> {
    let named: Option<RunId> = name.parse().ok();
    if let Some(run) = named
        && store.get(&keys::request(&run)).await?.is_some()
    {
        return Ok(run);
    }
    // How far they are by now does not matter, so neither does a lock that cannot be read.
    let list = list_runs_by(store, None, Timestamp::MAX).await?;
    if name == "latest" {
        return latest(store, list).await;
    }
    let known: Vec<RunId> = list.runs.into_iter().map(|row| row.run).collect();
    let mut found: Vec<&RunId> =
        known.iter().filter(|run| !name.is_empty() && run.as_str().starts_with(name)).collect();
    if let [only] = found[..] {
        return Ok(only.clone());
    }
    let problem = match found.len() {
        0 => format!("there is no run `{name}` in {}", store.address_of_folder("")),
        several => format!("`{name}` is the beginning of {several} runs"),
    };
    if found.is_empty() {
        found = known.iter().collect();
    }
    let known = found.into_iter().take(NAMED).cloned().collect();
    Err(StepError::InvalidRequest { problem, next: NextStep::NameRun { known } })
}

/// The newest run. That one cannot be read must not make another one the newest: somebody is about to delete what
/// it has planned.
async fn latest(store: &dyn RunStore, list: RunList) -> Result<RunId, StepError> {
    let RunList { runs, unreadable, .. } = list;
    let known = runs.iter().take(NAMED).map(|row| row.run.clone()).collect();
    let next = NextStep::NameRun { known };
    let newest = runs.into_iter().next();
    for UnreadableRun { run, problem } in unreadable.iter().rev() {
        let is_older = match &newest {
            Some(newest) if is_time(run) => **run <= *RunId::at(newest.started_at).as_str(),
            Some(newest) => started_at(store, run).await.is_some_and(|at| at <= newest.started_at),
            None => false,
        };
        if !is_older {
            let problem = format!(
                "which run is the newest cannot be told: `{run}` cannot be read: {problem}"
            );
            return Err(StepError::InvalidRequest { problem, next });
        }
    }
    newest.map(|newest| newest.run).ok_or_else(|| StepError::InvalidRequest {
        problem: format!("there is no run in {}", store.address_of_folder("")),
        next,
    })
}

/// When a run started that cannot be read, by its summary. A bucket removes old documents one by one, and that is
/// the last one that a run writes. None: nobody knows.
async fn started_at(store: &dyn RunStore, run: &str) -> Option<Timestamp> {
    let run: RunId = run.parse().ok()?;
    let summary = find_document(store, &keys::summary(&run, Stage::Plan)).await;
    Some(summary.ok()??.started_at)
}

/// Whether a run is called by the time at which it started, as [`RunId::at`] does it.
fn is_time(name: &str) -> bool {
    let shape = name.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"00000000T000000.000Z")
}

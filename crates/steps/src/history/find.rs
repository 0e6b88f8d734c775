//! How a person names a run.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{RunId, keys};
use ecr_sweep_protocol::runs::{RunList, UnreadableRun};
use jiff::Timestamp;

use super::list_runs;
use crate::StepError;

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
    // How far they are by now does not matter.
    let list = list_runs(store, Timestamp::MAX).await?;
    if name == "latest" {
        return latest(store, list);
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
fn latest(store: &dyn RunStore, list: RunList) -> Result<RunId, StepError> {
    let RunList { runs, unreadable, .. } = list;
    let known = runs.iter().take(NAMED).map(|row| row.run.clone()).collect();
    let newest = runs.into_iter().next();
    let may_be_newer = |row: &&UnreadableRun| {
        let older_than = newest.as_ref().map(|newest| RunId::at(newest.started_at));
        // Only a name that is a time says when its run started.
        !is_time(&row.run) || older_than.is_none_or(|newest| *row.run > *newest.as_str())
    };
    let problem = match unreadable.iter().rev().find(may_be_newer) {
        Some(UnreadableRun { run, problem }) => {
            format!("which run is the newest cannot be told: `{run}` cannot be read: {problem}")
        }
        None => match newest {
            Some(newest) => return Ok(newest.run),
            None => format!("there is no run in {}", store.address_of_folder("")),
        },
    };
    Err(StepError::InvalidRequest { problem, next: NextStep::NameRun { known } })
}

/// Whether a run is called by the time at which it started, as [`RunId::at`] does it.
fn is_time(name: &str) -> bool {
    let shape = name.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"00000000T000000.000Z")
}

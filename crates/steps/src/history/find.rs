//! How a person names a run.

use ecr_sweep_aws::store::RunStore;
use ecr_sweep_protocol::NextStep;
use ecr_sweep_protocol::documents::{RunId, keys};
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
        let latest = list.runs.into_iter().next();
        return latest.map(|row| row.run).ok_or_else(|| StepError::InvalidRequest {
            problem: format!("there is no run in {}", store.address_of_folder("")),
            next: NextStep::NameRun { known: Vec::new() },
        });
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

//! Which run store a registry has, where it looks as if this was not the one.

use std::env;
use std::path::Path;

use ecr_sweep_aws::StateMachine;
use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_core::WarningCode;
use ecr_sweep_protocol::documents::RunSummary;
use ecr_sweep_steps::deployed_store;

use super::live::Live;
use crate::args::is_said;
use crate::diagnostics;
use crate::failure::Failure;

/// The name of the state machine unless a deployment gives it another.
const MACHINE: &str = "ecr-sweep";

/// Says that what a run remembers is lost with a store that is not there to stay.
pub fn note_if_throwaway(location: &StoreLocation) {
    if let StoreLocation::Folder(folder) = location
        && is_throwaway(folder, &env::temp_dir())
    {
        diagnostics::note(&format!(
            "the run store {} is in a folder for temporary files: with it goes what the next run has to know (its own reads of manifests, \
             since when images are planned, what was in use); name another with `--store`",
            folder.display()
        ));
    }
}

/// Only where somebody has said so: the usual folder is where the command is run.
fn is_throwaway(folder: &Path, temporary: &Path) -> bool {
    folder.is_absolute() && folder.starts_with(temporary)
}

/// Where another ecr-sweep reads a registry, says which run store that one has, as far as it can be told.
pub fn hint(live: &Live, summary: &RunSummary) -> Result<(), Failure> {
    if !summary.warnings.iter().any(|it| it.code == WarningCode::ReadByAnother) {
        return Ok(());
    }
    if is_said("store")
        && let Ok(other) = env::var("ECR_SWEEP_STORE")
        && other.parse::<StoreLocation>().ok().as_ref() != Some(&live.location)
    {
        diagnostics::next(&format!(
            "leave out `--store` if {other}, of ECR_SWEEP_STORE, is the run store of this registry"
        ));
        return Ok(());
    }
    let sessions = &live.environment.sessions;
    // Who may not look there is not told, and asks whoever deployed it.
    let Ok(machine) = StateMachine::new(sessions, MACHINE) else { return Ok(()) };
    let found = live.run(async { Ok::<_, Failure>(deployed_store(sessions, &machine).await) })?;
    let is_other =
        |store: &String| store.parse::<StoreLocation>().is_ok_and(|store| store != live.location);
    match found.filter(is_other) {
        Some(store) => diagnostics::next(&format!(
            "`ecr-sweep plan --store {store}` plans with the run store of the state machine `{MACHINE}`, which is deployed here"
        )),
        None => diagnostics::next(
            "`ecr-sweep doctor` tells what is deployed; whoever runs ecr-sweep here knows its `--store`",
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_in_a_folder_for_temporary_files_does_not_stay() {
        let is = |folder: &str| is_throwaway(Path::new(folder), Path::new("/tmp"));
        assert!(is("/tmp/x/store"));
        assert!(!is(".ecr-sweep") && !is("/srv/tmp") && !is("/tmpx/y"));
    }
}

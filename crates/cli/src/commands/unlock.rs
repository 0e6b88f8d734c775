//! `ecr-sweep unlock`: gives back the lock of a run that ended without doing so.

use ecr_sweep_protocol::Unlocked;
use ecr_sweep_protocol::documents::V1;
use ecr_sweep_steps::unlock;

use super::open_store::{self, OpenStore};
use crate::args::{Format, UnlockArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::{diagnostics, render};

/// Unlocks, and says what that means.
pub fn run(arguments: &UnlockArguments) -> Result<Ended, Failure> {
    let open = OpenStore::open(&arguments.live)?;
    let run = open.find_run(&arguments.run)?;
    let now = open_store::now();
    let given_back = open.run(unlock(&*open.store, &run, now))?;
    if arguments.form.format == Format::Json {
        let expires_at = given_back.as_ref().map(|lock| lock.expires_at);
        let was_held = given_back.is_some_and(|lock| lock.is_held(now));
        render::json::write(&Unlocked { schema_version: V1, run, expires_at, was_held })?;
        return Ok(Ended::WELL);
    }
    match given_back {
        None => diagnostics::note(&format!("the run `{run}` has no lock: there is nothing to do")),
        Some(lock) => {
            let until = if lock.is_held(now) {
                format!("it would have been its own until {}", lock.expires_at)
            } else {
                format!("its time was over at {}", lock.expires_at)
            };
            diagnostics::note(&format!(
                "the lock of the run `{run}` is given back ({until}); should the run go on, it stops before its next batch"
            ));
        }
    }
    Ok(Ended::WELL)
}

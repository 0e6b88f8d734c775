//! `ecr-sweep stop`: lets a run delete no more.

use ecr_sweep_protocol::AskedToStop;
use ecr_sweep_protocol::documents::{Stage, StopWish, V1, keys};
use ecr_sweep_steps::{StopMeets, ask_to_stop};

use super::open_store::{self, OpenStore};
use crate::args::{Format, StopArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::{diagnostics, render};

/// Asks the run to stop, and says what that means.
pub fn run(arguments: &StopArguments) -> Result<Ended, Failure> {
    let open = OpenStore::open(&arguments.live)?;
    let run = open.find_run(&arguments.run)?;
    let wish = StopWish { by: by(&open), at: open_store::now(), found: None };
    let meets = open.run(ask_to_stop(&*open.store, &run, &wish))?;
    if arguments.form.format == Format::Json {
        let StopWish { by, at, .. } = wish;
        let deletes = meets == StopMeets::Deletion;
        render::json::write(&AskedToStop { schema_version: V1, run, by, at, deletes })?;
        return Ok(Ended::WELL);
    }
    match meets {
        StopMeets::Deletion => {
            diagnostics::note(&format!("the run `{run}` stops before its next batch"));
            diagnostics::next(&format!("`ecr-sweep watch {run}` follows it to its end"));
        }
        StopMeets::NoDeletion => {
            let has_ended = open.find(&keys::summary(&run, Stage::Plan))?;
            let is_dry = has_ended.is_some_and(|summary| summary.dry_run);
            let so = if is_dry { "its plan is not deleted" } else { "it will not delete" };
            diagnostics::note(&format!("the run `{run}` deletes nothing now, and {so}"));
            diagnostics::next(&format!(
                "`ecr-sweep delete {run}` takes it up again; `ecr-sweep show {run}` tells how far it is"
            ));
        }
    }
    Ok(Ended::WELL)
}

/// Who asks: the caller, where there are credentials, else the user of this machine.
fn by(open: &OpenStore) -> Box<str> {
    match &open.sessions {
        Some(sessions) => sessions.caller_arn().into(),
        None => std::env::var("USER").map_or_else(|_| "somebody".into(), Into::into),
    }
}

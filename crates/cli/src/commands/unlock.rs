//! `ecr-sweep unlock`: gives back the lock of a run that ended without doing so.

use std::collections::BTreeSet;

use ecr_sweep_core::wording::causes_after;
use ecr_sweep_protocol::documents::{Lock, RunId, V1};
use ecr_sweep_protocol::{ExitCode, Unlocked};
use ecr_sweep_steps::{StepError, take_lock_away, unlock};
use jiff::Timestamp;

use super::open_store::{self, OpenStore};
use crate::args::{Format, UnlockArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::{confirm, diagnostics, render};

/// Unlocks, and says what that means.
pub fn run(arguments: &UnlockArguments) -> Result<Ended, Failure> {
    let open = OpenStore::open(&arguments.live)?;
    let run = open.find_run(&arguments.run)?;
    let now = open_store::now();
    let given_back = open.run(async {
        match unlock(&*open.store, &run, now).await {
            Err(damaged @ StepError::DamagedLock { .. }) => Ok(Err(damaged)),
            given_back => given_back.map(Ok),
        }
    })?;
    let (given_back, looked_up) = match given_back {
        Ok(lock) => (lock, None),
        Err(damaged) => (None, take_away(&open, &run, now, &damaged, arguments.yes)?),
    };
    if arguments.form.format == Format::Json {
        let expires_at = given_back.as_ref().map(|lock| lock.expires_at);
        let was_held = given_back.is_some_and(|lock| lock.is_held(now));
        let was_damaged = looked_up.is_some();
        let unlocked = Unlocked { schema_version: V1, run, expires_at, was_held, was_damaged };
        render::json::write(&unlocked)?;
    } else {
        diagnostics::note(&in_words(&run, now, given_back.as_ref(), looked_up.as_ref()));
    }
    Ok(Ended::WELL)
}

/// Takes away a lock that cannot be read, if somebody says so.
fn take_away(
    open: &OpenStore,
    run: &RunId,
    now: Timestamp,
    damaged: &StepError,
    yes: bool,
) -> Result<Option<BTreeSet<RunId>>, Failure> {
    let causes = causes_after("", damaged).skip(1).collect::<Vec<_>>().join(": ");
    let problem = format!("{damaged}, nor whose it is ({causes})");
    if !yes && !confirm::is_possible() {
        return Err(Failure::new(ExitCode::Refused, problem).next(format!(
            "see that nothing deletes with this run store, then `ecr-sweep unlock {run} --yes` takes it away"
        )));
    }
    if !yes {
        diagnostics::warn_of(&problem);
        if !confirm::ask_to_take_lock_away()? {
            let message = "it was not confirmed; the lock is as it was";
            return Err(Failure::new(ExitCode::Refused, message)
                .next(format!("`ecr-sweep unlock {run}` asks again")));
        }
    }
    open.run(take_lock_away(&*open.store, run, now))
}

fn in_words(
    run: &RunId,
    now: Timestamp,
    given_back: Option<&Lock>,
    looked_up: Option<&BTreeSet<RunId>>,
) -> String {
    if let Some(runs) = looked_up {
        let runs: Vec<String> = runs.iter().map(|run| format!("`{run}`")).collect();
        return format!(
            "the lock that could not be read is taken away: whoever had it stops before the next batch; the next run that deletes looks up what became of images of {} without an answer",
            runs.join(", ")
        );
    }
    match given_back {
        None => format!("the run `{run}` has no lock: there is nothing to do"),
        Some(lock) => {
            let until = if lock.is_held(now) {
                format!("it would have been its own until {}", lock.expires_at)
            } else {
                format!("its time was over at {}", lock.expires_at)
            };
            format!(
                "the lock of the run `{run}` is given back ({until}); should the run go on, it stops before its next batch"
            )
        }
    }
}

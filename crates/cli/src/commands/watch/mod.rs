//! `ecr-sweep watch`: follows a run to its end.

mod told;

use std::time::{Duration, Instant};

use ecr_sweep_aws::{StateMachine, Status};
use ecr_sweep_protocol::documents::{OutcomeCounts, RunId};
use ecr_sweep_protocol::recheck::Recheck;
use ecr_sweep_protocol::runs::{RunRow, RunState, ShownRun};
use ecr_sweep_protocol::{Ending, ExitCode, Reported};
use ecr_sweep_steps::{Position, StepError, position, read_recheck, read_run};

use super::open_store::{self, OpenStore};
use super::{deployed, ending, recheck, show};
use crate::args::{Format, WatchArguments};
use crate::ended::{Ended, Next};
use crate::failure::Failure;
use crate::render::counted;
use told::Told;

/// A run of a process of which nothing comes for so long has no process any more.
const STANDSTILL: Duration = Duration::from_mins(30);

/// What is followed.
pub struct Followed {
    /// The run.
    pub run: RunId,
    /// The execution that does it; none for a run of a process.
    pub execution: Option<(StateMachine, String)>,
    /// How long it is from one look to the next.
    pub every: Duration,
    /// The form of the result.
    pub format: Format,
}

/// Follows a run, shows its summary, and ends as it ended.
pub fn run(arguments: &WatchArguments) -> Result<Ended, Failure> {
    let open = OpenStore::open(&arguments.live)?;
    let (run, execution) = find(&open, arguments)?;
    let every = Duration::from_secs(arguments.every.into());
    let format = arguments.form.format;
    follow(&open, &Followed { run, execution, every, format })
}

/// The run that is meant, and its execution. One that was just started has stored nothing yet.
fn find(
    open: &OpenStore,
    arguments: &WatchArguments,
) -> Result<(RunId, Option<(StateMachine, String)>), Failure> {
    let found = open.find_run(&arguments.run);
    let Some(sessions) = &open.sessions else { return Ok((found?, None)) };
    let machine = deployed::machine(sessions, &arguments.deployed)?;
    let run = match (&found, arguments.run.parse::<RunId>()) {
        (Ok(run), _) => run.clone(),
        (Err(_), Ok(run)) if arguments.run != "latest" => run,
        (Err(_), _) => return found.map(|run| (run, None)),
    };
    let name = arguments.execution.clone().unwrap_or_else(|| run.to_string());
    let execution = open.run(look(&machine, &name))?;
    match execution {
        Some(_) => Ok((run, Some((machine, name)))),
        None if arguments.execution.is_some() => {
            let message = format!("there is no execution {}", machine.execution_arn(&name));
            Err(Failure::invalid(message)
                .next("`ecr-sweep start` tells the name of the execution that it starts"))
        }
        // A process may store its runs in a bucket, too.
        None => found.map(|run| (run, None)),
    }
}

async fn look(machine: &StateMachine, name: &str) -> Result<Option<Status>, Failure> {
    let execution = machine.execution(name).await;
    let execution = execution.map_err(|error| deployed::failed(machine, StepError::Aws(error)))?;
    Ok(execution.map(|execution| execution.status))
}

/// Looks again and again until the run has ended.
pub fn follow(open: &OpenStore, followed: &Followed) -> Result<Ended, Failure> {
    let Followed { run, execution, every, format } = followed;
    let told = Told::new(run.to_string(), execution.as_ref());
    let status = open.run(async {
        let mut last_change = Instant::now();
        loop {
            let status = match execution {
                Some((machine, name)) => look(machine, name).await?,
                None => None,
            };
            let row = read_run(&*open.store, run, open_store::now()).await?;
            let is_over = |row: &RunRow| matches!(row.state, RunState::Ended | RunState::Stopped);
            let has_ended = match &status {
                Some(status) => *status != Status::Running,
                None => row.as_ref().is_some_and(is_over),
            };
            if has_ended {
                return Ok::<_, Failure>(status);
            }
            let position = match row {
                Some(_) => position(&*open.store, run).await?,
                None => Position::Starting,
            };
            if told.tell(position) {
                last_change = Instant::now();
            }
            let is_moving = !matches!(position, Position::AwaitingApproval | Position::Planned);
            if execution.is_none() && is_moving && last_change.elapsed() > STANDSTILL {
                let message = format!(
                    "nothing has become of the run `{run}` for {} minutes: it was stopped, or it hangs",
                    STANDSTILL.as_secs() / 60
                );
                return Err(Failure::new(ExitCode::Failed, message)
                    .next(format!("`ecr-sweep show {run}` shows what it has stored")));
            }
            tokio::time::sleep(*every).await;
        }
    });
    told.clear();
    let status = status?;
    let takes_up_a_plan = execution.as_ref().is_some_and(|(_, name)| name != run.as_str());
    if takes_up_a_plan
        && status == Some(Status::Succeeded)
        && let Some(rechecked) = rechecked(open, run)?
    {
        recheck::print(&rechecked, *format)?;
        return Ok(ending::of_recheck(&rechecked));
    }
    end(open, run, status, *format)
}

/// What of a stored plan still holds, if nothing of it was deleted: then that is what was asked.
fn rechecked(open: &OpenStore, run: &RunId) -> Result<Option<Recheck>, Failure> {
    let row = open.run(read_run(&*open.store, run, open_store::now()))?;
    if row.is_none_or(|row| !row.dry_run) {
        return Ok(None);
    }
    open.run(read_recheck(&*open.store, run))
}

/// Shows how the run ended, and ends so.
fn end(
    open: &OpenStore,
    run: &RunId,
    status: Option<Status>,
    format: Format,
) -> Result<Ended, Failure> {
    let row = open.run(read_run(&*open.store, run, open_store::now()))?;
    let shown = match row {
        Some(_) => Some(show::read(open, run)?),
        None => None,
    };
    if let Some(shown) = &shown {
        show::print(shown, format, false)?;
    }
    let ending = shown.as_ref().and_then(|shown| Some((shown, shown.stands.ending?)));
    match (status, ending) {
        (Some(Status::Failed { error, cause }), ending) => {
            // The summary of a plan says nothing of what failed after it, and that something failed
            // says less than what did.
            let says_less = [Ending::Done, Ending::Incomplete, Ending::Failed];
            if let Some((shown, ending)) = ending.filter(|(_, it)| !says_less.contains(it)) {
                return Ok(ended(shown, ending));
            }
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            let message = format!("the execution of the run `{run}` failed: {error}{cause}");
            Err(Failure::new(Reported::from(&*error).exit_code(), message)
                .next("the execution's history in the AWS console tells what it did before"))
        }
        (_, Some((shown, ending))) => Ok(ended(shown, ending)),
        (_, None) if shown.as_ref().is_some_and(|it| it.stands.state == RunState::Stopped) => {
            let outcomes =
                shown.map_or_else(OutcomeCounts::default, |it| it.stands.totals.outcomes);
            let archived = match outcomes.archived {
                0 => String::new(),
                archived => format!(", and {} archived", counted(archived, "image")),
            };
            let message = format!(
                "the run `{run}` was stopped before its end; by its receipts {} were deleted{archived}",
                counted(outcomes.deleted, "image")
            );
            let code = if outcomes.changed() > 0 { ExitCode::Partial } else { ExitCode::Failed };
            Err(Failure::new(code, message)
                .next(format!("`ecr-sweep start --plan {run} --delete` goes on with what is left")))
        }
        (_, None) => {
            let message = format!("the run `{run}` has ended without a summary");
            Err(Failure::new(ExitCode::Failed, message)
                .next(format!("`ecr-sweep show {run}` shows what it has stored")))
        }
    }
}

/// As the run ended.
fn ended(shown: &ShownRun, as_it_is: Ending) -> Ended {
    match &shown.summary {
        Some(summary) if summary.ending == as_it_is => ending::of(summary),
        _ if as_it_is == Ending::Done => Ended::WELL,
        _ => {
            let run = &shown.request.run;
            let next = format!("`ecr-sweep show {run}` shows what it has stored");
            Ended::short(as_it_is.into(), format!("the run ended: {as_it_is}"), Next::Step(next))
        }
    }
}

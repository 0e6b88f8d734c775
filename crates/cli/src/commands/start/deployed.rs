//! Starts an execution of the deployed state machine.

use std::time::Duration;

use ecr_sweep_aws::StateMachine;
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_protocol::documents::{IdentityProof, RunId, Stage, V1, keys, starting};
use ecr_sweep_protocol::functions::SweepInput;
use ecr_sweep_protocol::runs::StartedRun;
use ecr_sweep_steps::StepError;

use super::done_before::{self, done_before};
use crate::args::{Format, StartArguments};
use crate::commands::open_store::{self, OpenStore};
use crate::commands::watch::{self, Followed};
use crate::commands::{deployed, next_step, review};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render::run::Started;
use crate::{confirm, diagnostics, render};

/// How long it is from one look at a run to the next.
const EVERY: Duration = Duration::from_secs(2);

/// Starts it, after asking if it deletes; with `--wait`, follows it.
pub fn start(arguments: &StartArguments) -> Result<Ended, Failure> {
    let open = OpenStore::open(&arguments.handling.live)?;
    let Some(sessions) = &open.sessions else {
        return Err(Failure::new(ExitCode::Failed, "the run store is no bucket"));
    };
    let machine = deployed::machine(sessions, &arguments.handling.deployed)?;
    let plan = match &arguments.plan {
        Some(name) => Some(open.find_run(name)?),
        None => None,
    };
    if let (true, Some(run)) = (arguments.delete, &plan) {
        let summary = open.find(&keys::summary(run, Stage::Plan))?;
        if let Some(summary) = done_before(summary) {
            done_before::show(&summary, arguments.handling.form.format)?;
            return Ok(Ended::WELL);
        }
    }
    if arguments.delete && !is_confirmed(arguments, &open, plan.as_ref(), &machine)? {
        return Err(Failure::new(ExitCode::Refused, "it was not confirmed; nothing was started"));
    }
    let execution = RunId::at(open_store::now());
    let started_by = if arguments.delete {
        let purpose = starting(execution.as_str());
        let proof =
            async { Ok::<_, Failure>(sessions.prove(&purpose).await.map_err(StepError::Aws)?) };
        Some(open.run(proof)?)
    } else {
        None
    };
    let input = input(arguments, plan.as_ref(), started_by)?;
    let started = open.run(async {
        let started = machine.start(execution.as_str(), input).await;
        started.map_err(|error| deployed::failed(&machine, StepError::Aws(error)))
    })?;
    let started = StartedRun {
        schema_version: V1,
        run: plan.clone().unwrap_or_else(|| execution.clone()),
        dry_run: !arguments.delete,
        started_at: started.started_at,
        execution: execution.clone(),
        execution_arn: started.execution_arn,
    };
    if arguments.handling.wait {
        diagnostics::show(&Started(&started));
        let execution = Some((machine, execution.to_string()));
        let (run, format) = (started.run, arguments.handling.form.format);
        return watch::follow(&open, &Followed { run, execution, every: EVERY, format });
    }
    match arguments.handling.form.format {
        Format::Json => render::json::write(&started)?,
        Format::Table => {
            render::print(&Started(&render::plain::document(started.clone())))?;
            next_step::blank();
            diagnostics::next(&format!(
                "`{}` follows it to its end",
                watch_command(arguments, &started)
            ));
        }
    }
    Ok(Ended::WELL)
}

/// What the state machine is asked to do.
fn input(
    arguments: &StartArguments,
    plan: Option<&RunId>,
    started_by: Option<IdentityProof>,
) -> Result<String, Failure> {
    let input = SweepInput {
        dry_run: !arguments.delete,
        plan: plan.cloned(),
        repositories: arguments.selection.repository.iter().map(|it| it.as_str().into()).collect(),
        started_by,
    };
    serde_json::to_string(&input).map_err(|error| {
        Failure::new(ExitCode::Failed, "cannot write the input of the state machine").because(error)
    })
}

/// Shows the plan that is to be deleted, or says that there is none yet, and asks.
fn is_confirmed(
    arguments: &StartArguments,
    open: &OpenStore,
    plan: Option<&RunId>,
    machine: &StateMachine,
) -> Result<bool, Failure> {
    match plan {
        Some(run) => {
            let planned = open.read(run, &keys::summary(run, Stage::Plan))?;
            review::show(open, &planned, arguments.handling.detail)?;
            Ok(arguments.handling.yes || review::ask(&planned)?)
        }
        None => Ok(arguments.handling.yes || confirm::ask_to_sweep(&machine.arn())?),
    }
}

fn watch_command(arguments: &StartArguments, started: &StartedRun) -> String {
    let execution = if started.execution == started.run {
        String::new()
    } else {
        format!(" --execution {}", started.execution)
    };
    let machine = match &*arguments.handling.deployed.state_machine {
        "ecr-sweep" => String::new(),
        other => format!(" --state-machine {other}"),
    };
    format!("ecr-sweep watch {}{execution}{machine}", started.run)
}

//! `ecr-sweep approve`: answers a deployed run that waits.

use ecr_sweep_aws::Answered;
use ecr_sweep_core::Digest;
use ecr_sweep_protocol::ExitCode;
use ecr_sweep_protocol::documents::{
    self, ApprovalAnswer, ApprovalRequest, RunId, RunSummary, Stage, keys, sha256,
};
use ecr_sweep_steps::StepError;

use super::open_store::{self, OpenStore};
use super::{deployed, next_step, review};
use crate::args::{ApproveArguments, Format};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::{confirm, diagnostics, render};

/// Shows the plan, asks, and answers.
pub fn run(arguments: &ApproveArguments) -> Result<Ended, Failure> {
    if !arguments.reject && !arguments.yes && !confirm::is_possible() {
        let message =
            "there is no terminal to ask on, so nothing is approved and nothing was called";
        return Err(Failure::new(ExitCode::Refused, message)
            .next("`ecr-sweep approve RUN --yes` approves without asking; `ecr-sweep show RUN` shows what"));
    }
    let open = OpenStore::open(&arguments.live)?;
    let Some(sessions) = &open.sessions else {
        return Err(Failure::invalid("no state machine waits in a folder")
            .next("name the deployed run store: `--store s3://BUCKET`"));
    };
    let machine = deployed::machine(sessions, &arguments.deployed)?;
    let run = open.find_run(&arguments.run)?;
    let request = request(&open, &run)?;
    let (planned, plan_digest) = plan(&open, &run)?;
    review::show(&open, &planned, arguments.detail)?;
    if !arguments.reject && plan_digest != request.plan_digest {
        let message = format!("the run `{run}` asks about another plan than the one it has stored");
        return Err(Failure::new(ExitCode::Refused, message)
            .next(format!("`ecr-sweep approve {run} --reject` ends it; then plan again")));
    }
    if !arguments.reject && !arguments.yes && !review::ask(&planned)? {
        let message = format!("it was not confirmed; the run `{run}` waits on");
        return Err(Failure::new(ExitCode::Refused, message)
            .next(format!("`ecr-sweep approve {run} --reject` ends it")));
    }
    let proof = if arguments.reject {
        None
    } else {
        let purpose = documents::approving(&run, &plan_digest);
        Some(open.run(async {
            Ok::<_, Failure>(sessions.prove(&purpose).await.map_err(StepError::Aws)?)
        })?)
    };
    let answer = ApprovalAnswer {
        approved: !arguments.reject,
        by: sessions.caller_arn().into(),
        at: open_store::now(),
        plan_digest,
        proof,
    };
    let output = serde_json::to_string(&answer).map_err(|error| {
        Failure::new(ExitCode::Failed, "cannot write the answer").because(error)
    })?;
    let answered = open.run(async {
        let answered = machine.answer(&request.task_token, output).await;
        answered.map_err(|error| deployed::failed(&machine, StepError::Aws(error)))
    })?;
    if answered == Answered::TooLate {
        let message = format!(
            "the run `{run}` does not wait any more: it was answered, ran out of time, or was stopped"
        );
        return Err(Failure::new(ExitCode::Refused, message)
            .next(format!("`ecr-sweep watch {run}` tells how it ended")));
    }
    tell(arguments, &run, &ApprovalAnswer { proof: None, ..answer })?;
    Ok(Ended::WELL)
}

/// The plan in numbers, and the digest of what was read: no other plan is approved.
fn plan(open: &OpenStore, run: &RunId) -> Result<(RunSummary, Digest), Failure> {
    let key = keys::summary(run, Stage::Plan);
    let address = || open.store.address(&key);
    open.run(async {
        let missing = || StepError::Missing { run: run.clone(), address: address() };
        let stored = open.store.get(&key).await?.ok_or_else(missing)?;
        let planned = documents::read(&stored.bytes).map_err(|source| StepError::Document {
            act: "read",
            address: address(),
            source,
        })?;
        Ok::<_, StepError>((planned, sha256(&stored.bytes)))
    })
}

/// The question that the run asks.
fn request(open: &OpenStore, run: &RunId) -> Result<ApprovalRequest, Failure> {
    let found = open.find(&keys::approval_request(run))?;
    let request = found.filter(|request| request.run == *run);
    request.ok_or_else(|| {
        Failure::invalid(format!("the run `{run}` does not ask for approval"))
            .next(format!("`ecr-sweep show {run}` tells how far it is"))
    })
}

fn tell(arguments: &ApproveArguments, run: &RunId, answer: &ApprovalAnswer) -> Result<(), Failure> {
    match arguments.form.format {
        Format::Json => render::json::write(answer)?,
        Format::Table => {
            let (verdict, by) = (if answer.approved { "Approved" } else { "Rejected" }, &answer.by);
            render::print(&format_args!("{verdict} the plan of the run {run}, as {by}.\n"))?;
            next_step::blank();
            diagnostics::next(&format!(
                "`ecr-sweep watch {run}` follows it to its end; where `start --plan` took up a stored \
                 plan, with the `--execution` that it has told"
            ));
        }
    }
    Ok(())
}

//! `ecr-sweep start`: a run of the deployed state machine, or here.

mod deployed;
mod done_before;
mod here;

use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_protocol::ExitCode;

use crate::args::{StartArguments, is_said};
use crate::confirm;
use crate::ended::Ended;
use crate::failure::Failure;

/// Starts a run where its documents are kept: a bucket is the state machine's.
pub fn run(arguments: StartArguments) -> Result<Ended, Failure> {
    refuse_what_would_be_ignored(&arguments)?;
    if arguments.delete && !arguments.handling.yes && !confirm::is_possible() {
        let message =
            "there is no terminal to ask on, so nothing is deleted and nothing was called";
        let next = match &arguments.plan {
            Some(run) => format!(
                "`ecr-sweep delete {run} --yes` deletes without asking; `ecr-sweep show {run}` shows what"
            ),
            None => "`ecr-sweep start --delete --yes` deletes without asking; without `--delete` it is a dry run".to_owned(),
        };
        return Err(Failure::new(ExitCode::Refused, message).next(next));
    }
    match &arguments.handling.live.store {
        StoreLocation::Bucket(_) => deployed::start(&arguments),
        StoreLocation::Folder(_) => here::start(arguments),
    }
}

/// An option on the command line that would change nothing is an error: who gave it expects something.
fn refuse_what_would_be_ignored(arguments: &StartArguments) -> Result<(), Failure> {
    let is_deployed = matches!(arguments.handling.live.store, StoreLocation::Bucket(_));
    let is_stored = arguments.plan.is_some();
    let shows_a_plan = !is_deployed || (is_stored && arguments.delete);
    let ignored = [
        ("policy", is_deployed, "the deployed state machine goes by its own policy"),
        ("policy", is_stored, "a stored plan has its own policy"),
        ("price", is_deployed, "the deployed state machine goes by its own policy"),
        ("price", is_stored, "a stored plan has the prices that it was made with"),
        ("exact_sizes", is_deployed, "the deployed state machine goes by its own policy"),
        ("exact_sizes", is_stored, "a stored plan has its sizes"),
        ("wait", !is_deployed, "a run in this process is always waited for"),
        ("state_machine", !is_deployed, "a folder has no state machine"),
        ("yes", !arguments.delete, "nothing is asked where nothing is deleted"),
        ("details", !shows_a_plan, "no plan is shown when a deployed run starts"),
        ("all", !shows_a_plan, "no plan is shown when a deployed run starts"),
        ("sort", !shows_a_plan, "no plan is shown when a deployed run starts"),
    ];
    for (id, is_ignored, why) in ignored {
        if is_ignored && is_said(id) {
            let option = id.replace('_', "-");
            let message = format!("`--{option}` would be ignored: {why}; nothing was called");
            return Err(Failure::invalid(message).next(match id {
                "wait" | "state_machine" => {
                    "leave it out, or name the deployed run store: `--store s3://BUCKET`"
                }
                "yes" => "leave it out, or say `--delete`",
                "price" => "leave it out; `ecr-sweep show RUN --price PRICE` tells what a run saves at other prices",
                "exact_sizes" if is_deployed => "leave it out, or say `sizes: exact` in the policy",
                "policy" if is_stored => "leave it out, or make a new plan by that policy",
                _ => "leave it out",
            }));
        }
    }
    Ok(())
}

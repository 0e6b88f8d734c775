//! `ecr-sweep start`: a run of the deployed state machine, or here.

mod deployed;
mod here;

use ecr_sweep_aws::store::StoreLocation;
use ecr_sweep_protocol::ExitCode;

use crate::args::StartArguments;
use crate::confirm;
use crate::failure::Failure;

/// Starts a run where its documents are kept: a bucket is the state machine's.
pub fn run(arguments: StartArguments) -> Result<ExitCode, Failure> {
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

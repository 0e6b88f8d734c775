//! `ecr-sweep vault`: what is kept so that it can come back.

use ecr_sweep_protocol::ExitCode;
use ecr_sweep_steps::prune_vault;

use super::live::Live;
use crate::args::{VaultAct, VaultArguments};
use crate::failure::Failure;
use crate::render::{self, counted};

/// Removes what nobody wants any more, or tells of it.
pub fn run(arguments: &VaultArguments) -> Result<ExitCode, Failure> {
    let VaultAct::Prune(arguments) = &arguments.act;
    let live = Live::connect(&arguments.live)?;
    let pruned = live.run(prune_vault(&live.environment, &live.run, arguments.dry_run))?;
    let what = counted(pruned.unwanted.len() as u64, "copy");
    let kept = counted(pruned.kept, "copy");
    let told = if arguments.dry_run {
        format!("Nobody wants {what} any more; {kept} stay.\n")
    } else {
        format!("Removed {what} that nobody wants any more; {kept} stay.\n")
    };
    render::print(&told)?;
    Ok(ExitCode::Done)
}

//! `ecr-sweep vault`: what is kept so that it can come back.

use ecr_sweep_protocol::PrunedVault;
use ecr_sweep_protocol::documents::V1;
use ecr_sweep_steps::{Pruned, prune_vault};

use super::live::Live;
use crate::args::{Format, VaultAct, VaultArguments};
use crate::ended::Ended;
use crate::failure::Failure;
use crate::render::{self, counted};

/// Removes what nobody wants any more, or tells of it.
pub fn run(arguments: &VaultArguments) -> Result<Ended, Failure> {
    let VaultAct::Prune(arguments) = &arguments.act;
    let live = Live::connect(&arguments.live)?;
    let dry_run = arguments.dry_run;
    let Pruned { unwanted, kept } = live.run(prune_vault(&live.environment, &live.run, dry_run))?;
    if arguments.form.format == Format::Json {
        render::json::write(&PrunedVault { schema_version: V1, dry_run, unwanted, kept })?;
        return Ok(Ended::WELL);
    }
    let what = counted(unwanted.len() as u64, "copy");
    let kept = counted(kept, "copy");
    let told = if dry_run {
        format!("Nobody wants {what} any more; {kept} stay.\n")
    } else {
        format!("Removed {what} that nobody wants any more; {kept} stay.\n")
    };
    render::print(&told)?;
    Ok(Ended::WELL)
}

//! `cargo xtask bench`: figures, as ratios to a bound where there is one. Never a pass or a fail.

mod functions;
mod live;
mod offline;
mod organization;
mod runtime_api;
mod watch;

use std::process::Command;

use ecr_sweep_ministack::FUNCTIONS;

use crate::package::FEATURE;
use crate::run::{cargo, run, target};

/// The part that needs the functions' binaries.
const FUNCTIONS_PART: &str = "functions";

/// Builds in the release profile, this program included, and runs the measurements there.
pub(crate) fn build_and_run(part: Option<&str>) -> miette::Result<()> {
    const BUILD: [&str; 3] = ["build", "--release", "--locked"];
    run(cargo(BUILD).args(["-p", "xtask", "-p", "ecr-sweep-cli"]), 0)?;
    if is_chosen(FUNCTIONS_PART, part) {
        // By themselves and as they are deployed: what is built together has features in common.
        let mut build = cargo(BUILD);
        build.args(FUNCTIONS.iter().flat_map(|name| ["-p", name]));
        run(build.args(["--features", FEATURE]), 0)?;
    }
    run(Command::new(target("release").join("xtask")).arg("bench-release").args(part), 0)
}

fn is_chosen(name: &str, part: Option<&str>) -> bool {
    part.is_none_or(|part| name.contains(part))
}

/// Runs the measurements whose names contain `part`.
pub(crate) fn measure(part: Option<&str>) -> miette::Result<()> {
    println!("{} cores", std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    if is_chosen("offline", part) {
        offline::measure()?;
    }
    if is_chosen("live", part) {
        live::measure()?;
    }
    if is_chosen(FUNCTIONS_PART, part) {
        functions::measure()?;
    }
    Ok(())
}

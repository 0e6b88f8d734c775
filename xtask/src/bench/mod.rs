//! `cargo xtask bench`: figures, as ratios to a bound where there is one. Never a pass or a fail.

mod deleting;
mod deletion_rates;
mod deployed;
mod functions;
mod kubernetes;
mod live;
mod offline;
mod organization;
mod peers;
mod planning;
mod row;
mod runtime_api;
mod scan;
mod setting;
mod simulated;
mod sources;
mod vault;
mod watch;
mod whole;
mod workloads;

use std::process::Command;

use clap::Args;

use ecr_sweep_ministack::FUNCTIONS;

use crate::package::FEATURE;
use crate::run::{cargo, run, target};

/// The file of the policy that the measurements plan with.
const POLICY: &str = "policy.yaml";

/// The parts that need the functions' binaries.
const FUNCTIONS_PART: &str = "functions";
const DEPLOYED_PART: &str = "deployed";

/// A part: what it is called, and what measures it.
type Part = (&'static str, fn() -> miette::Result<()>);

const PARTS: [Part; 12] = [
    ("offline", offline::measure),
    ("live", live::measure),
    ("planning", planning::measure),
    ("scan", scan::measure),
    ("sources", sources::measure),
    ("deleting", deleting::measure),
    ("whole", whole::measure),
    ("rates", deletion_rates::measure),
    ("vault", vault::measure),
    ("kubernetes", kubernetes::measure),
    (DEPLOYED_PART, deployed::measure),
    (FUNCTIONS_PART, functions::measure),
];

/// What is measured.
#[derive(Args)]
pub(crate) struct Bench {
    /// Only the parts whose name contains this: offline, live, planning, scan, sources, deleting, whole, rates, vault,
    /// kubernetes, deployed, functions
    part: Option<String>,
    /// Instead, this and another program on the same organizations, such as `ecrm=/usr/bin/ecrm`
    #[arg(long, value_name = "NAME=PATH", conflicts_with = "part")]
    against: Vec<peers::Peer>,
}

/// Builds in the release profile, this program included, and runs the measurements there.
pub(crate) fn build_and_run(bench: &Bench) -> miette::Result<()> {
    const BUILD: [&str; 3] = ["build", "--release", "--locked"];
    run(cargo(BUILD).args(["-p", "xtask", "-p", "ecr-sweep-cli", "-p", "ecr-sweep-aws-sim"]), 0)?;
    if bench.is_chosen(FUNCTIONS_PART) || bench.is_chosen(DEPLOYED_PART) {
        // By themselves and as they are deployed: what is built together has features in common.
        let mut build = cargo(BUILD);
        build.args(FUNCTIONS.iter().flat_map(|name| ["-p", name]));
        run(build.args(["--features", FEATURE]), 0)?;
    }
    let mut release = Command::new(target("release").join("xtask"));
    release.arg("bench-release").args(&bench.part);
    for peer in &bench.against {
        release.arg("--against").arg(peer.to_string());
    }
    run(&mut release, 0)
}

impl Bench {
    fn is_chosen(&self, name: &str) -> bool {
        self.against.is_empty() && self.part.as_ref().is_none_or(|part| name.contains(&**part))
    }
}

/// Runs the measurements that are chosen.
pub(crate) fn measure(bench: &Bench) -> miette::Result<()> {
    println!("{} cores", std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    if !bench.against.is_empty() {
        return peers::measure(&bench.against);
    }
    PARTS.iter().filter(|(name, _)| bench.is_chosen(name)).try_for_each(|(_, measure)| measure())
}

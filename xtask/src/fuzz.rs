//! `cargo xtask fuzz`: broken input, and random organizations, for longer than the tests have.

use clap::Args;

use crate::run::{cargo, run};

/// What is fed, and for how long.
#[derive(Args)]
pub(crate) struct Fuzz {
    /// `reference`, `policy`, `snapshot`, `manifest`, `import`, or `decision`; by default all
    target: Option<String>,
    /// How long each reader is fed
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many random organizations each property of the decision sees
    #[arg(long, default_value_t = 50_000)]
    cases: u32,
}

pub(crate) fn fuzz(options: &Fuzz) -> miette::Result<()> {
    let target = options.target.as_deref();
    if target != Some("decision") {
        feed(target, options.seconds)?;
    }
    if target.is_none_or(|target| target == "decision") {
        decide(options.cases)?;
    }
    Ok(())
}

/// The readers, with all checks on.
fn feed(target: Option<&str>, seconds: u64) -> miette::Result<()> {
    let mut command = cargo(["run", "--profile", "fuzz", "--locked", "-p", "ecr-sweep-fuzz", "--"]);
    run(command.args(target).args(["--seconds", &seconds.to_string()]), 0)
}

/// The property tests of the decision.
fn decide(cases: u32) -> miette::Result<()> {
    let tests = ["test", "--profile", "fuzz", "--locked", "-p", "ecr-sweep-tests"];
    let mut command = cargo(tests);
    command.args(["--no-default-features", "--", "decision::"]);
    run(command.env("ECR_SWEEP_CASES", cases.to_string()), 0)
}
